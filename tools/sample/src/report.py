# SPDX-License-Identifier: GPL-3.0-or-later
"""The long report: chapters written in report/, a chapter on every region and commune made from province.json, annexes."""

import pathlib
import re

import charts
import decree30
import tables
from communes import chapter
from province import COMMUNES, INDICATORS, REGIONS, RANKED, mean, number

FOLDER = pathlib.Path(__file__).parent / 'report'
MONTHS = [f'T{month}' for month in range(1, 11)]
LINES = {
  'meetings': ('Số cuộc họp trực tuyến do tỉnh triệu tập theo tháng', MONTHS,
               [('Năm 2025', [9, 7, 11, 12, 10, 13, 12, 14, 16, 13]), ('Năm 2026', [14, 11, 18, 17, 19, 21, 20, 23, 44, 22])]),
  'alerts': ('Số cảnh báo an toàn thông tin theo tháng', MONTHS,
             [('Năm 2025', [1220, 1120, 1290, 1310, 1370, 1270, 1450, 1470, 1540, 1410]),
              ('Năm 2026', [1430, 1320, 1490, 1570, 1610, 1540, 1720, 1880, 2040, 1660])]),
  'schools': ('Lượt bài giảng tải sẵn tại 57 điểm trường lẻ (nghìn lượt)', MONTHS,
              [('Tiểu học', [3, 2, 5, 6, 6, 1, 0, 2, 9, 11]), ('Trung học', [2, 1, 3, 4, 4, 1, 0, 1, 6, 8])]),
  'visitors': ('Khách du lịch theo tháng (nghìn lượt)', MONTHS,
               [('Kỳ Vân', [31, 58, 62, 121, 230, 428, 471, 312, 96, 58]), ('Nơi khác', [92, 141, 118, 132, 158, 196, 201, 174, 130, 121])]),
  'storm': ('Số điểm cầu mất liên lạc theo giờ, đợt lũ tháng 9 (24 giờ cao điểm)', [f'{hour}h' for hour in range(0, 24, 2)],
            [('Điểm cầu xã', [0, 0, 1, 2, 2, 3, 2, 2, 1, 1, 0, 0]), ('Xã chưa có', [4, 6, 11, 17, 22, 24, 23, 19, 15, 12, 9, 7])]),
}
SHARES = {
  'spending': ('Cơ cấu chi cho chuyển đổi số năm 2026', [('Hạ tầng', 38), ('Nền tảng và dữ liệu', 27), ('An toàn thông tin', 14),
                                                         ('Duy trì, bảo hành', 12), ('Đào tạo, tuyên truyền', 9)]),
  'farms': ('Trạm quan trắc tự động theo loại', [('Trạm bơm', 43.2), ('Mực nước', 27.4), ('Độ mặn', 20.0), ('Không khí', 9.4)]),
}
TARGETS = {'broadband': 86, 'phone': 88, 'online': 82, 'cashless': 75, 'health': 90, 'skill': 73}
OTHER_TARGETS = [('Xã, phường có điểm cầu trực tuyến', 'đơn vị', '8', '66'), ('Trụ sở xã có đường truyền dự phòng', 'đơn vị', '14', '52'),
                 ('Phòng họp có nguồn điện 4 giờ', 'đơn vị', '19', '66'), ('Thời gian lệnh họp khẩn đến xã xa nhất', 'phút', '94', '10'),
                 ('Thôn, bản chưa có sóng di động', 'thôn, bản', '17', '0'), ('Máy tính cấp xã hết hỗ trợ', 'máy', '612', '0'),
                 ('Giảm giấy in phục vụ họp', '%', '62', '80'), ('Hồ sơ giải quyết đúng hạn', '%', '95,8', '98,0')]
PHASES = ['Thí điểm (đã có)', 'Đợt 1 (01 - 4/2027)', 'Đợt 2 (5 - 8/2027)', 'Đợt 3 (9 - 11/2027)']


def written(name):
  return (FOLDER / f'{name}.html').read_text()


class Numbering:
  """Counts the figures and the tables of the report."""

  def __init__(self):
    self.counts = {'Hình': 0, 'Bảng': 0}

  def caption(self, kind, words):
    self.counts[kind] += 1
    return f'{kind} {self.counts[kind]}. {words}'

  def table(self, words, markup):
    return f'<p class="caption">{self.caption("Bảng", words)}</p>{markup}'

  def bars(self, key, regions):
    rows = [(region.name, region.mean(key, before=True), region.mean(key)) for region in regions]
    name = INDICATORS[key][1]
    return charts.bars(rows, ['Năm 2025', 'Năm 2026'], self.caption('Hình', f'{name[0].upper()}{name[1:]} theo khu vực (%)'))


def region_table(numbering):
  rows = [tables.row([order + 1, region.name, len(region.communes), min(commune.upload for commune in region.communes),
                      max(commune.upload for commune in region.communes),
                      sum(commune.upload < 10 for commune in region.communes), sum(commune.phase == 0 for commune in region.communes)])
          for order, region in enumerate(REGIONS)]
  head = ['TT', 'Khu vực', 'Số xã, phường', 'Tải lên thấp nhất (Mbit/s)', 'Tải lên cao nhất (Mbit/s)', 'Dưới 10 Mbit/s', 'Có điểm cầu xã']
  return numbering.table('Đường truyền tại trụ sở xã, phường theo khu vực', tables.table(head, rows, 'named'))


def target_table(numbering):
  rows = [[INDICATORS[key][1].capitalize(), '%', number(mean(COMMUNES, key)), number(target)] for key, target in TARGETS.items()]
  rows = [f'<tr><td class="c">{order + 1}</td><td>{name}</td><td class="c">{unit}</td><td class="n">{now}</td><td class="n">{goal}</td></tr>'
          for order, (name, unit, now, goal) in enumerate([*rows, *OTHER_TARGETS])]
  return numbering.table('Chỉ tiêu chủ yếu năm 2027', tables.table(['TT', 'Chỉ tiêu', 'Đơn vị', 'Ước năm 2026', 'Năm 2027'], rows))


def phase_table(numbering):
  rows = []
  for order, region in enumerate(REGIONS):
    cells = ''.join(f'<td>{", ".join(commune.name for commune in region.communes if commune.phase == phase)}</td>'
                    for phase in range(len(PHASES)))
    rows.append(f'<tr><td class="c">{order + 1}</td><td>{region.name}</td>{cells}</tr>')
  return numbering.table('Tiến độ đưa điểm cầu đến xã, phường', tables.table(['TT', 'Khu vực', *PHASES], rows, 'small named'))


PLACED = {'upload': region_table, 'targets': target_table, 'phases': phase_table}


def fill(source, numbering):
  """Put figures, tables and values where the chapters ask: `<!-- bars KEY -->`, `[KEY]`, `[KEY-]` for 2025, `[KEY@REGION]`."""
  def placed(match):
    kind, name = match[1], match[2].split()[-1]
    if kind == 'bars':
      return numbering.bars(name, REGIONS)
    if kind == 'lines':
      caption, labels, series = LINES[name]
      return charts.lines(labels, series, numbering.caption('Hình', caption))
    if kind == 'shares':
      caption, parts = SHARES[name]
      return charts.shares(parts, numbering.caption('Hình', caption))
    return PLACED[name](numbering)

  def value(match):
    key, before, region = match.groups()
    totals = {'people': round(sum(commune.people for commune in COMMUNES) * 1000)}
    if key not in INDICATORS:
      return number(totals.get(key) or sum(getattr(commune, key) for commune in COMMUNES))
    communes = next((part.communes for part in REGIONS if part.id == region), COMMUNES)
    return number(mean(communes, key, before=bool(before))) + '%'

  source = re.sub(r'<!-- (bars|lines|shares|table) ([\w ]+) -->', placed, source)
  return re.sub(r'\[([a-z]+)(-)?(?:@([a-z-]+))?\]', value, source)


def annexes(numbering):
  """What the chapters leave out: tables of every commune, platforms, the log of the flood, words."""
  ranking = [tables.row([commune.rank, commune.name, commune.region.name, number(commune.score, 2), commune.on_time, commune.dossiers])
             for commune in RANKED]
  both = [tables.row([commune.name, *(figure for key in INDICATORS for figure in (commune.before[key], commune.values[key]))])
          for commune in COMMUNES]
  head = ['Đơn vị', *(f'{column[0]} {year}' for column in INDICATORS.values() for year in (2025, 2026))]
  work = [tables.row([order + 1, commune.name, commune.hamlets, commune.upload, PHASES[commune.phase].split(' (')[0],
                      'Có' if commune.region.id in tables.SATELLITE else 'Không', round(sum(
                        tables.cost([commune], item) for item in range(len(tables.SUPPORT))))])
          for order, commune in enumerate(COMMUNES)]
  parts = [
    ('Xếp hạng chỉ số chuyển đổi số cấp xã năm 2026', numbering.table('Xếp hạng 66 xã, phường', tables.table(
      ['Hạng', 'Đơn vị', 'Khu vực', 'Chỉ số', 'Hồ sơ đúng hạn (%)', 'Số hồ sơ'], ranking, 'named'))),
    ('Sáu chỉ tiêu của từng xã, phường, năm 2025 và năm 2026', numbering.table('Chỉ tiêu theo năm (%)', tables.table(
      head, both, 'tiny'))),
    ('Đường truyền, tiến độ và hỗ trợ dự kiến 2027 - 2030', numbering.table('Nhu cầu và hỗ trợ theo xã, phường', tables.table(
      ['TT', 'Đơn vị', 'Số thôn, bản', 'Tải lên (Mbit/s)', 'Điểm cầu', 'Vệ tinh', 'Hỗ trợ 4 năm (triệu đồng)'], work, 'named'))),
    ('Nền tảng, hệ thống dùng chung của tỉnh', numbering.table('Danh mục nền tảng, hệ thống', written('platforms'))),
    ('Nhật ký trực ban đợt mưa lũ tháng 9 năm 2026', written('storm')),
    ('Hướng dẫn nhanh cho điểm cầu', written('guide')),
    ('Giải thích từ ngữ', written('words'))]
  numerals = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII']
  return ''.join(f'<div class="{"turned" if "tiny" in markup else ""}"><h2>Phụ lục {numeral} <span class="title">{title}</span></h2>{markup}</div>'
                 for numeral, (title, markup) in zip(numerals, parts))


def with_contents(body):
  """Number the headings' targets and put a table of contents, with links and page numbers, before the body."""
  entries = []

  def target(match):
    level, words = match[1], re.sub(r'<[^>]+>', '', match[2].replace(' <span', '. <span'))
    entries.append(f'<p class="level-{level}"><a href="#p{len(entries)}">{words}</a></p>')
    return f'<h{level} id="p{len(entries) - 1}" data-label="{words}">{match[2]}</h{level}>'

  body = re.sub(r'<h([234])>(.*?)</h\1>', target, body, flags=re.S)
  return f'<div class="contents"><p class="heading">MỤC LỤC</p>{"".join(entries)}</div>{body}'


def paper(paper):
  numbering = Numbering()
  opening, fields, closing = (written(name) for name in ('opening', 'fields', 'closing'))
  body = fill(opening, numbering) + fill(fields, numbering) + chapter(numbering) + fill(closing, numbering) + annexes(numbering)
  return decree30.document(paper, f'''
<x-letterhead agency="ỦY BAN NHÂN DÂN|TỈNH HỒNG LAM"></x-letterhead>
<x-heading kind="BÁO CÁO">Kết quả thực hiện chuyển đổi số tỉnh Hồng Lam năm 2026<br>và phương hướng, nhiệm vụ năm 2027</x-heading>
{written('summary')}
{with_contents(body)}''', 'long')
