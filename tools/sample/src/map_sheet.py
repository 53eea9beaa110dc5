# SPDX-License-Identifier: GPL-3.0-or-later
"""The A3 map: an invented province drawn as vectors. Communes are the Voronoi cells of their seats, with wrinkled borders."""

import math
import random

import decree30
from province import COMMUNES, PILOTS, REGIONS, number

OUTLINE = [(40, 90), (62, 62), (95, 58), (118, 44), (150, 50), (182, 46), (214, 58), (246, 54), (276, 66), (290, 84), (296, 104),
           (303, 122), (297, 138), (290, 152), (296, 166), (301, 180), (294, 196), (304, 214), (318, 226), (306, 238), (298, 252),
           (280, 262), (252, 258), (222, 268), (190, 262), (160, 272), (128, 258), (104, 262), (84, 244), (58, 240), (36, 222),
           (24, 196), (32, 170), (22, 144), (34, 118)]
RIVER = [(22, 142), (48, 128), (78, 136), (104, 112), (132, 96), (160, 82), (186, 96), (206, 116), (226, 128), (246, 146), (268, 156),
         (296, 166)]
BRANCH = [(30, 206), (58, 190), (86, 196), (112, 172), (132, 158), (140, 128), (132, 96)]
COLOURS = ['#f6d9c6', '#dcebc4', '#f4efb9', '#c9e3ea', '#f3d3dc', '#cfe0f3', '#e7dcf0', '#d6ead8', '#efe0c4', '#c8dfc4', '#e4d5c0']
PHASES = ['#c0392b', '#e67e22', '#2e86c1', '#7d8a97']
ROADS = [('muong-ha', 'truong-linh', 'lam-khe', 'hong-chau', 'hai-thinh'), ('truong-linh', 'tan-linh', 'an-dinh', 'vinh-trach', 'phu-sa'),
         ('muong-ha', 'thach-ky', 'an-dinh', 'hong-chau'), ('hai-thinh', 'phu-sa', 'ky-van', 'vinh-trach', 'hong-chau')]
RELAXATIONS = 6


def clip(polygon, middle, away):
  """The part of `polygon` on the near side of the line through `middle` across the direction `away`."""
  side = [(x - middle[0]) * away[0] + (y - middle[1]) * away[1] for x, y in polygon]
  result = []
  for index, (point, here) in enumerate(zip(polygon, side)):
    before, there = polygon[index - 1], side[index - 1]
    if (here <= 0) != (there <= 0):
      part = there / (there - here)
      result.append((before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])))
    if here <= 0:
      result.append(point)
  return result


def cell(seeds, index):
  """The part of the province that is nearer to seed `index` than to any other."""
  polygon, (x, y) = OUTLINE, seeds[index]
  for other, (u, v) in enumerate(seeds):
    if other != index:
      polygon = clip(polygon, ((x + u) / 2, (y + v) / 2), (u - x, v - y))
  return polygon


def area_and_centre(polygon):
  area = x = y = 0
  for (a, b), (c, d) in zip(polygon, polygon[1:] + polygon[:1]):
    cross = a * d - c * b
    area, x, y = area + cross / 2, x + (a + c) * cross / 6, y + (b + d) * cross / 6
  return abs(area), (x / area, y / area)


def first_seeds():
  for region in REGIONS:
    x, y = on_sheet(region.at)
    turn = random.Random(region.id).uniform(0, math.tau)
    for order in range(len(region.communes)):
      distance = 0 if order == 0 else 17
      angle = turn + order * math.tau / (len(region.communes) - 1)
      yield x + distance * math.cos(angle), y + distance * math.sin(angle)


def on_sheet(at):
  return 30 + (at[0] - 40) * 1.28, 45 + (at[1] - 95) * 1.95


def seats():
  """Where each commune lies: the first seeds, moved a few times to the middle of their cells."""
  seeds = list(first_seeds())
  for _ in range(RELAXATIONS):
    seeds = [area_and_centre(cell(seeds, index))[1] for index in range(len(seeds))]
  return seeds


def wrinkled(start, end, depth=4, roughness=0.16):
  """Points from `start` to `end`, the last left out, bent the same way from whichever side the border is drawn."""
  low, high = sorted([tuple(round(value, 3) for value in point) for point in (start, end)])
  points, chance = [low, high], random.Random(f'{low}{high}')
  for _ in range(depth):
    finer = []
    for (a, b), (c, d) in zip(points, points[1:]):
      bend = chance.uniform(-roughness, roughness)
      finer += [(a, b), ((a + c) / 2 - (d - b) * bend, (b + d) / 2 + (c - a) * bend)]
    points = finer + [points[-1]]
  return (points if low == tuple(round(value, 3) for value in start) else points[::-1])[:-1]


def path(points, closed=True):
  return 'M' + 'L'.join(f'{x:.2f} {y:.2f}' for x, y in points) + ('Z' if closed else '')


def border(polygon):
  return path([point for start, end in zip(polygon, polygon[1:] + polygon[:1]) for point in wrinkled(start, end)])


def course(points):
  """An open line (river, road) through `points`."""
  line = [point for start, end in zip(points, points[1:]) for point in wrinkled(start, end, roughness=0.12)]
  return path(line + points[-1:], closed=False)


def text(x, y, words, size=2.4, style=''):
  return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" {style}>{words}</text>'


def star(x, y, size):
  points = [(x + size * (1 if corner % 2 == 0 else 0.42) * math.sin(corner * math.pi / 5),
             y - size * (1 if corner % 2 == 0 else 0.42) * math.cos(corner * math.pi / 5)) for corner in range(10)]
  return f'<path d="{path(points)}" fill="#c0392b" stroke="#fff" stroke-width="0.4"/>'


def symbol(x, y, phase):
  fill = PHASES[0] if phase == 0 else '#fff'
  return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.25" fill="{fill}" stroke="{PHASES[phase]}" stroke-width="0.7"/>'


def square(x, y):
  return f'<rect x="{x - 1.7:.2f}" y="{y - 1.7:.2f}" width="3.4" height="3.4" fill="#1f3a5f" stroke="#fff" stroke-width="0.4"/>'


def land(places):
  for index, commune in enumerate(COMMUNES):
    colour = COLOURS[REGIONS.index(commune.region)]
    yield f'<path d="{border(cell(places, index))}" fill="{colour}" stroke="#8d8d8d" stroke-width="0.2"/>'
  yield f'<path d="{border(OUTLINE)}" fill="none" stroke="#5b4a78" stroke-width="0.8" stroke-dasharray="4 1 1 1"/>'


def lines(seat_of):
  for line, width in ((RIVER, 1.5), (BRANCH, 0.8)):
    yield f'<path d="{course(line)}" fill="none" stroke="#7fb7d8" stroke-width="{width}" stroke-linejoin="round"/>'
  for road in ROADS:
    course_of_road = course([seat_of[key] for key in road])
    yield f'<path d="{course_of_road}" fill="none" stroke="#a8552f" stroke-width="0.9"/>'
    yield f'<path d="{course_of_road}" fill="none" stroke="#fbe3a8" stroke-width="0.5"/>'
  x, y = seat_of['hong-chau']
  for key, (u, v) in seat_of.items():
    if key != 'hong-chau':
      yield f'<path d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}" stroke="#6a1b9a" stroke-width="0.35" stroke-dasharray="1.6 1"/>'


def names(places, seat_of):
  for commune, (x, y) in zip(COMMUNES, places):
    first = commune is commune.region.communes[0]
    yield symbol(x, y, commune.phase)
    lift = 4.4 if first else 2.2
    yield text(x, y - lift, commune.name, 2.7 if first else 2.4, 'text-anchor="middle" font-weight="bold"' if first else 'text-anchor="middle"')
    yield text(x, y + (5 if first else 3.6), f'{number(commune.upload)} Mbit/s', 1.7,
               f'text-anchor="middle" fill="{"#b71c1c" if commune.upload < 10 else "#444"}"')
  for key, (x, y) in seat_of.items():
    yield square(x + 3.4, y) if key != 'hong-chau' else square(x + 3.8, y) + star(x - 3.8, y, 3.2)


def legend(scale):
  x, y = 330, 52
  yield f'<rect x="{x - 6}" y="{y - 10}" width="80" height="141" fill="#fff" stroke="#444" stroke-width="0.3"/>'
  yield text(x + 34, y - 2, 'CHÚ GIẢI', 4.2, 'font-weight="bold" text-anchor="middle"')
  rows = [(star(x + 2, y + 6, 3), 'Điểm cầu chính (Hội trường tỉnh)'), (square(x + 2, y + 14), 'Điểm cầu khu vực (11)')]
  rows += [(symbol(x + 2, y + 22 + 8 * phase, phase), words) for phase, words in enumerate((
    f'Điểm cầu xã thí điểm ({len(PILOTS)})', *(f'Lắp đặt đợt {phase}, năm 2027 ({sum(commune.phase == phase for commune in COMMUNES)})'
                                              for phase in (1, 2, 3))))]
  for line, words in (('stroke="#6a1b9a" stroke-width="0.35" stroke-dasharray="1.6 1"', 'Kết nối về điểm cầu chính'),
                      ('stroke="#a8552f" stroke-width="0.9"', 'Quốc lộ, đường tỉnh'), ('stroke="#7fb7d8" stroke-width="1.5"', 'Sông'),
                      ('stroke="#5b4a78" stroke-width="0.8" stroke-dasharray="4 1 1 1"', 'Địa giới tỉnh'),
                      ('stroke="#8d8d8d" stroke-width="0.3"', 'Địa giới xã, phường')):
    height = y + 6 + 8 * len(rows)
    rows.append((f'<path d="M{x - 2} {height}h8" {line}/>', words))
  rows.append((text(x - 3, y + 7 + 8 * len(rows), '3,2 Mbit/s', 1.9, 'fill="#b71c1c"'), 'Tốc độ tải lên (đỏ: dưới 10)'))
  for order, (mark, words) in enumerate(rows):
    yield mark + text(x + 10, y + 7.2 + 8 * order, words, 3.4)
  step = 10 / scale
  base = y + 12 + 8 * len(rows)
  for part in range(4):
    yield f'<rect x="{x + part * step / 2:.2f}" y="{base}" width="{step / 2:.2f}" height="1.4" fill="{"#222" if part % 2 == 0 else "#fff"}" stroke="#222" stroke-width="0.2"/>'
  for part, label in ((0, '0'), (2, '10'), (4, '20 km')):
    yield text(x + part * step / 2, base + 5, label, 2.8, 'text-anchor="middle"')
  yield text(x + 34, base + 11, f'Tỷ lệ 1 : {number(round(scale * 1e6, -4), 0).replace(".", " ")}', 3.4, 'text-anchor="middle"')


def north(x, y):
  return (f'<path d="M{x} {y - 12}L{x + 4} {y + 4}L{x} {y}Z" fill="#222"/><path d="M{x} {y - 12}L{x - 4} {y + 4}L{x} {y}Z" fill="#fff" '
          f'stroke="#222" stroke-width="0.3"/>' + text(x, y - 13.5, 'B', 4.5, 'font-weight="bold" text-anchor="middle"'))


def frame():
  yield '<rect x="12" y="30" width="396" height="255" fill="none" stroke="#222" stroke-width="0.8"/>'
  yield '<rect x="14" y="32" width="392" height="251" fill="none" stroke="#222" stroke-width="0.25"/>'
  for order in range(8):
    x = 38 + order * 48
    yield f'<path d="M{x} 32V283" stroke="#55708a" stroke-width="0.08" stroke-opacity="0.45"/>' + text(x, 36, "ABCDEFGH"[order], 3, 'text-anchor="middle" fill="#55708a"')
  for order in range(5):
    y = 56 + order * 48
    yield f'<path d="M14 {y}H406" stroke="#55708a" stroke-width="0.08" stroke-opacity="0.45"/>' + text(17, y + 1, order + 1, 3, 'text-anchor="middle" fill="#55708a"')


def drawing():
  places = seats()
  seat_of = {region.id: places[6 * order] for order, region in enumerate(REGIONS)}
  scale = math.sqrt(sum(commune.area for commune in COMMUNES) / area_and_centre(OUTLINE)[0])
  regions = [text(places[6 * order][0], places[6 * order][1] + 11, region.name.upper(), 5,
                  'text-anchor="middle" font-weight="bold" fill="#1f3a5f" fill-opacity="0.32" letter-spacing="1.2"')
             for order, region in enumerate(REGIONS)]
  sea = text(345, 222, 'BIỂN', 9, 'fill="#5a87a8" font-style="italic" letter-spacing="6" text-anchor="middle"')
  neighbours = (text(16, 110, 'NƯỚC LÁNG GIỀNG', 4, 'fill="#777" transform="rotate(-90 20 110)" text-anchor="middle"') +
                text(120, 40, 'TỈNH GIÁP RANH PHÍA BẮC', 4, 'fill="#777" text-anchor="middle"') +
                text(120, 280, 'TỈNH GIÁP RANH PHÍA NAM', 4, 'fill="#777" text-anchor="middle"'))
  title = (text(210, 16, 'BẢN ĐỒ ĐIỂM CẦU TRỰC TUYẾN VÀ ĐƯỜNG TRUYỀN TỈNH HỒNG LAM', 8, 'font-weight="bold" text-anchor="middle"') +
           text(210, 25, '(Kèm theo Kế hoạch số 365/KH-UBND ngày 24 tháng 11 năm 2026 của Ủy ban nhân dân tỉnh)', 4.6,
                'font-style="italic" text-anchor="middle"'))
  foot = text(12, 291, 'Số liệu đến ngày 15 tháng 11 năm 2026. Bản đồ dùng để lập kế hoạch, không dùng để xác định địa giới.', 3.2,
              'font-style="italic"') + text(408, 291, 'Sở Khoa học và Công nghệ tỉnh Hồng Lam', 3.2, 'text-anchor="end"')
  parts = [*land(places), *regions, *lines(seat_of), *names(places, seat_of), *frame(), *legend(scale)]
  return f'''<svg width="420mm" height="297mm" viewBox="0 0 420 297" font-family="Liberation Serif" style="display: block">
<rect x="12" y="30" width="396" height="255" fill="#e3f0f7"/><path d="M12 30H200L214 58 246 54 276 66 260 90 255 262 222 268 212 285H12Z" fill="#f7f5ef"/>
{neighbours}{''.join(parts)}{sea}{north(322, 262)}{title}{foot}</svg>'''


def paper(paper):
  return decree30.document(paper, drawing(), 'map')
