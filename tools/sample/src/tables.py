# SPDX-License-Identifier: GPL-3.0-or-later
"""The wide tables: indicators of the communes, tasks, budget."""

import decree30
from province import COMMUNES, INDICATORS, PILOTS, REGIONS, mean, number

# The support of the draft resolution: what, for which communes, once, a year (million đồng), the commune's own share
SATELLITE = {'hai-thinh', 'phu-sa', 'truong-linh', 'muong-ha'}
SUPPORT = [
  ('Trang bị phòng họp trực tuyến', lambda commune: commune.name not in PILOTS, 185, 0, 0),
  ('Nguồn điện dự phòng', lambda commune: True, 32, 0, 0),
  ('Đường truyền riêng 40 Mbit/s', lambda commune: True, 0, 24, 0),
  ('Đường vệ tinh dự phòng', lambda commune: commune.region.id in SATELLITE, 45, 30, 0),
  ('Bồi dưỡng kỹ năng số', lambda commune: True, 0, 14, 0.3),
  ('Tổ công nghệ số cộng đồng', lambda commune: True, 0, 36, 0.3),
]
YEARS = 4

# What, who leads, who helps, when, product, state, who answers, the quarters of 2027 with a milestone
TASKS = [
  ('Thể chế', [
    ('Trình Nghị quyết chính sách hỗ trợ hạ tầng số cấp xã', 'Sở Tài chính', 'Sở KH&CN; Sở Tư pháp', '12/2026', 'Nghị quyết của HĐND tỉnh', 'Dự thảo đã thẩm định', 'Vũ Thị Lệ Khanh', ''),
    ('Ban hành Quy chế họp trực tuyến, họp không giấy tờ', 'Văn phòng UBND tỉnh', 'Sở KH&CN; Công an tỉnh', '02/2027', 'Quyết định của UBND tỉnh', 'Đang lấy ý kiến', 'Tạ Quang Nhượng', '1'),
    ('Ban hành yêu cầu kỹ thuật phòng họp trực tuyến cấp xã', 'Sở KH&CN', 'Công an tỉnh', '15/12/2026', 'Văn bản hướng dẫn', 'Đã có dự thảo lần 2', 'Phan Đăng Quý Lộc', ''),
    ('Bổ sung tiêu chí họp không giấy tờ vào chỉ số cải cách hành chính', 'Sở Nội vụ', 'Văn phòng UBND tỉnh', '03/2027', 'Bộ chỉ số năm 2027', 'Chưa triển khai', 'Nguyễn Thị Như Thảo', '1')]),
  ('Hạ tầng, thiết bị', [
    ('Khảo sát bổ sung, lựa chọn nhà thầu', 'Sở KH&CN', 'Sở Tài chính', '01 - 02/2027', 'Hợp đồng khung', 'Đã xong khảo sát 58 xã', 'Phan Đăng Quý Lộc', '1'),
    ('Lắp đặt điểm cầu đợt 1 (20 xã)', 'Sở KH&CN', 'UBND 20 xã', '01 - 4/2027', '20 điểm cầu nghiệm thu', 'Chuẩn bị mặt bằng', 'Phan Đăng Quý Lộc', '12'),
    ('Lắp đặt điểm cầu đợt 2 (22 xã, phường)', 'Sở KH&CN', 'UBND 22 xã, phường', '5 - 8/2027', '22 điểm cầu nghiệm thu', 'Chưa triển khai', 'Phan Đăng Quý Lộc', '23'),
    ('Lắp đặt điểm cầu đợt 3 (16 xã, phường)', 'Sở KH&CN', 'UBND 16 xã, phường', '9 - 11/2027', '16 điểm cầu nghiệm thu', 'Chưa triển khai', 'Phan Đăng Quý Lộc', '34'),
    ('Nâng đường truyền 31 xã dưới 10 Mbit/s', 'Các doanh nghiệp viễn thông', 'Sở KH&CN', '6/2027', 'Biên bản đo kiểm từng xã', 'Đã cam kết 24 xã', 'Đầu mối từng doanh nghiệp', '12'),
    ('Lắp đường vệ tinh dự phòng cho 24 xã', 'Sở KH&CN', 'Bộ Chỉ huy quân sự tỉnh', '15/4/2027', '24 trạm hoạt động', 'Đang chọn công nghệ', 'Phan Đăng Quý Lộc', '12'),
    ('Cáp dự phòng tuyến Khe Sâu - Thác Mây - Nậm Sim', 'Các doanh nghiệp viễn thông', 'Sở Xây dựng', '5/2027', 'Tuyến cáp 37 km', 'Đạt 11/37 km', 'Đầu mối từng doanh nghiệp', '12'),
    ('Rà soát nguồn điện 66 trụ sở xã, phường', 'Sở Công Thương', 'Công ty Điện lực', '02/2027', 'Báo cáo và phương án', 'Đã rà soát 40 xã', 'Trưởng phòng Quản lý năng lượng', '1')]),
  ('An toàn thông tin', [
    ('Kiểm tra an toàn từng điểm cầu trước khi sử dụng', 'Công an tỉnh', 'Sở KH&CN', 'Theo từng đợt', '58 biên bản kiểm tra', 'Đã có 24 tiêu chí', 'Hoàng Kim Trác', '1234'),
    ('Cấp chứng thư cho thiết bị và chữ ký số cho người dùng', 'Văn phòng UBND tỉnh', 'Công an tỉnh', '01 - 11/2027', '100% thiết bị, người dùng', 'Đã cấp 1.312 chứng thư', 'Tạ Quang Nhượng', '1234'),
    ('Thay thế hoặc cô lập 612 máy tính hết hỗ trợ', 'UBND các xã, phường', 'Sở Tài chính', '30/6/2027', 'Danh sách thay thế', 'Đạt 118/612 máy', 'Chủ tịch UBND cấp xã', '12'),
    ('Thử khôi phục dữ liệu hằng quý', 'Công an tỉnh', 'UBND các xã, phường', 'Hằng quý', 'Bảng kết quả công khai', 'Thử 20 xã, 13 xã đạt', 'Hoàng Kim Trác', '1234')]),
  ('Con người', [
    ('Bồi dưỡng vận hành phòng họp: 22 lớp', 'Sở Nội vụ', 'Sở KH&CN', '3 - 12/2027', '198 người có chứng nhận', 'Đã có giáo trình', 'Nguyễn Thị Như Thảo', '1234'),
    ('Hướng dẫn đại biểu lớn tuổi tại chỗ', 'UBND các xã, phường', 'Đoàn Thanh niên', 'Thường xuyên', '100% đại biểu tự đọc tài liệu', 'Thí điểm 08 xã', 'Chủ tịch UBND cấp xã', '1234'),
    ('Kiện toàn Tổ công nghệ số cộng đồng', 'UBND các xã, phường', 'Sở KH&CN', '01/2027', 'Quyết định kiện toàn', 'Đạt 57/66 xã', 'Chủ tịch UBND cấp xã', '1')]),
  ('Vận hành, giám sát', [
    ('Diễn tập họp khẩn không báo trước', 'Văn phòng UBND tỉnh', 'Công an tỉnh; Bộ Chỉ huy quân sự tỉnh', 'Hằng quý', 'Bảng thời gian vào họp từng xã', 'Đã diễn tập 02 lần', 'Tạ Quang Nhượng', '1234'),
    ('Không phát tài liệu giấy tại điểm cầu đã nghiệm thu', 'Văn phòng UBND tỉnh', 'Các sở, ngành', 'Từ 01/5/2027', 'Giảm 80% giấy in', 'Áp dụng tại 08 xã', 'Tạ Quang Nhượng', '234'),
    ('Nộp hồ sơ cuộc họp vào lưu trữ điện tử', 'Sở Nội vụ', 'Văn phòng UBND tỉnh', '02 ngày sau họp', 'Gói hồ sơ kiểm chứng được', 'Thí điểm 12 cuộc họp', 'Nguyễn Thị Như Thảo', '1234'),
    ('Báo cáo tiến độ hằng tháng', 'Sở KH&CN', 'Các đơn vị', 'Ngày 25', 'Báo cáo trên hệ thống', 'Đang thực hiện', 'Phan Đăng Quý Lộc', '1234')]),
]


def row(cells, style=''):
  """A table row: numbers to the right, text to the left."""
  cell = ''.join(f'<td class="n">{number(value)}</td>' if isinstance(value, (int, float)) else f'<td>{value}</td>'
                 for value in cells)
  return f'<tr class="{style}">{cell}</tr>'


def table(head, rows, style=''):
  cells = ''.join(f'<th>{name}</th>' for name in head)
  return f'<table class="data {style}"><thead><tr>{cells}</tr></thead>{"".join(rows)}</table>'


def commune_rows():
  for region in REGIONS:
    yield f'<tr class="group"><td colspan="14">Khu vực {region.name}</td></tr>'
    for commune in region.communes:
      yield row([COMMUNES.index(commune) + 1, commune.name, commune.kind,
                 round(commune.people * 1000), commune.households, *commune.values.values(), commune.on_time, commune.upload,
                 number(commune.score, 2)])
  yield row(['', 'Toàn tỉnh', '', round(sum(commune.people for commune in COMMUNES) * 1000),
             sum(commune.households for commune in COMMUNES), *(mean(COMMUNES, key) for key in INDICATORS), '', '', ''], 'total')


def indicators(paper):
  head = ['TT', 'Đơn vị', 'Loại', 'Dân số (người)', 'Số hộ', *(f'{column[0]} (%)' for column in INDICATORS.values()),
          'Hồ sơ đúng hạn (%)', 'Tải lên (Mbit/s)', 'Chỉ số']
  return decree30.document(paper, f'''
<x-letterhead over="UBND TỈNH HỒNG LAM" agency="SỞ KHOA HỌC VÀ CÔNG NGHỆ"></x-letterhead>
<x-heading kind="BẢNG TỔNG HỢP">Chỉ số chuyển đổi số của 66 xã, phường năm 2026</x-heading>
<p class="unit">(Số liệu tính đến ngày 15 tháng 11 năm 2026)</p>
{table(head, commune_rows(), 'small named')}
<p class="note">Ghi chú: Chỉ số = 80% trung bình sáu chỉ tiêu + 20% tỷ lệ hồ sơ đúng hạn. Tốc độ tải lên là trung vị của 30 lần đo trong giờ hành chính tháng 10 năm 2026 tại trụ sở Ủy ban nhân dân xã, phường.</p>
<x-signature signer="GIÁM ĐỐC" name="Phan Đăng Quý Lộc">
UBND tỉnh;
UBND các xã, phường;
Lưu: VT, CĐS.
</x-signature>''', 'wide')


def tasks(paper):
  head = ['TT', 'Nhiệm vụ', 'Cơ quan chủ trì', 'Cơ quan phối hợp', 'Thời gian', 'Sản phẩm', 'Tình hình đến 15/11/2026',
          'Người chịu trách nhiệm', 'Quý I', 'Quý II', 'Quý III', 'Quý IV', 'Ghi chú']
  rows, order = [], 0
  for group, (name, items) in enumerate(TASKS):
    rows.append(f'<tr class="group"><td class="c">{"I II III IV V".split()[group]}</td><td colspan="12">{name}</td></tr>')
    for item in items:
      order += 1
      rows.append(row([order, *(text.replace('&', '&amp;') for text in item[:-1]), *('●' if quarter in item[-1] else '' for quarter in '1234'), '']))
  return decree30.document(paper, f'''
<h1>Bảng phân công nhiệm vụ, tiến độ và sản phẩm</h1>
<p class="with">(Kèm theo Kế hoạch số 365/KH-UBND ngày 24 tháng 11 năm 2026 của Ủy ban nhân dân tỉnh)</p>
{table(head, rows)}
<p class="note">Ghi chú: Dấu ● là quý có sản phẩm hoặc mốc phải báo cáo. Người chịu trách nhiệm báo cáo tiến độ trên hệ thống trước ngày 25 hằng tháng; nhiệm vụ quá hạn được nhắc tự động.</p>''', 'sheet')


def cost(communes, item):
  _, applies, once, yearly, _ = SUPPORT[item]
  return sum(once + yearly * YEARS for commune in communes if applies(commune))


def commune_share(region):
  """What the communes of `region` pay themselves; in the mountains the province pays all."""
  if region.id in ('truong-linh', 'muong-ha'):
    return 0
  return sum(cost(region.communes, item) * SUPPORT[item][4] for item in range(len(SUPPORT)))


def budget(paper):
  head = ['TT', 'Khu vực', 'Số xã', *(support[0] for support in SUPPORT), 'Tổng cộng', 'Ngân sách tỉnh', 'Ngân sách cấp xã']
  rows, sums = [], [0] * (len(head) - 2)
  for order, region in enumerate(REGIONS):
    costs = [cost(region.communes, item) for item in range(len(SUPPORT))]
    own = round(commune_share(region))
    values = [len(region.communes), *costs, sum(costs), sum(costs) - own, own]
    sums = [total + value for total, value in zip(sums, values)]
    rows.append(row([order + 1, region.name, *values]))
  rows.append(row(['', 'Toàn tỉnh', *sums], 'total'))
  years = [sum(support[2] * (year == 0) + support[3] for support in SUPPORT for commune in COMMUNES if support[1](commune))
           for year in range(YEARS)]
  return decree30.document(paper, f'''
<h1>Phụ lục</h1>
<p class="summary" style="text-transform: uppercase">Dự toán kinh phí theo khu vực, giai đoạn 2027 - 2030</p>
<p class="with">(Kèm theo Tờ trình số 1024/TTr-UBND ngày 24 tháng 11 năm 2026 của Ủy ban nhân dân tỉnh)</p>
<p class="caption">Biểu số 01. Kinh phí theo khu vực và nội dung hỗ trợ</p><p class="unit">Đơn vị: triệu đồng</p>
{table(head, rows, 'named')}
<p class="caption" style="break-before: page">Biểu số 02. Kinh phí theo năm nếu trang bị toàn bộ trong năm 2027</p><p class="unit">Đơn vị: triệu đồng</p>
{table(['Nội dung', *(str(2027 + year) for year in range(YEARS)), 'Cộng'], [*year_rows(), row(['Tổng cộng', *years, sum(years)], 'total')])}
<p class="caption">Biểu số 03. Căn cứ tính mức hỗ trợ một phòng họp trực tuyến cấp xã</p><p class="unit">Đơn vị: triệu đồng</p>
{table(['TT', 'Thiết bị, dịch vụ', 'Đơn vị tính', 'Số lượng', 'Đơn giá', 'Thành tiền'], equipment_rows())}
<p class="note">Ghi chú: Đơn giá theo chứng thư thẩm định giá tháng 10 năm 2026, đã gồm thuế giá trị gia tăng, vận chuyển đến trụ sở xã và bảo hành 36 tháng. Tài liệu phục vụ thảo luận, không phát hành rộng rãi trước khi Hội đồng nhân dân tỉnh xem xét.</p>''', 'wide')


def year_rows():
  for name, applies, once, yearly, _ in SUPPORT:
    count = sum(applies(commune) for commune in COMMUNES)
    values = [count * (once * (year == 0) + yearly) for year in range(YEARS)]
    yield row([name, *values, sum(values)])


EQUIPMENT = [('Màn hình 65 inch kèm giá treo', 'chiếc', 2, 14.5), ('Máy quay hội nghị góc rộng', 'chiếc', 1, 22.0),
             ('Bộ micro và loa hội nghị', 'bộ', 1, 26.0), ('Máy tính điều khiển', 'bộ', 1, 15.0),
             ('Thiết bị đọc tài liệu tại chỗ ngồi', 'chiếc', 12, 6.0), ('Thiết bị mạng, tường lửa', 'bộ', 1, 9.0),
             ('Lắp đặt, đi dây, hướng dẫn sử dụng', 'gói', 1, 12.0)]


def equipment_rows():
  for order, (name, unit, count, price) in enumerate(EQUIPMENT):
    yield row([order + 1, name, unit, count, price, count * price])
  yield row(['', 'Cộng', '', '', '', sum(count * price for _, _, count, price in EQUIPMENT)], 'total')
