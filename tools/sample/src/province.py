# SPDX-License-Identifier: GPL-3.0-or-later
"""The invented province: its regions and communes with figures that are made up once, from the names, and agree everywhere."""

import dataclasses
import json
import pathlib
import random

# Indicator: its column heading, its name in running text, how far it lies above or below the region's level, 2025 to 2026
INDICATORS = {
  'broadband': ('Hộ có cáp quang', 'tỷ lệ hộ gia đình có cáp quang', 4, 5.2),
  'phone': ('Dùng điện thoại thông minh', 'tỷ lệ người trưởng thành dùng điện thoại thông minh', 8, 3.9),
  'online': ('Hồ sơ nộp trực tuyến', 'tỷ lệ hồ sơ nộp trực tuyến toàn trình', -2, 11.6),
  'cashless': ('Hộ thanh toán không tiền mặt', 'tỷ lệ hộ thanh toán không dùng tiền mặt', -9, 8.7),
  'health': ('Có hồ sơ sức khỏe điện tử', 'tỷ lệ dân số có hồ sơ sức khỏe điện tử', 6, 6.4),
  'skill': ('Được hướng dẫn kỹ năng số', 'tỷ lệ người trưởng thành được hướng dẫn kỹ năng số', -14, 14.3),
}
PILOTS = {'Bàu Sen', 'Hải Ngạn', 'Cồn Mây', 'Trà Sơn', 'Lèn Voi', 'Thác Mây', 'Pù Lĩnh', 'Huổi Lụa'}
FIRST = {'muong-ha', 'truong-linh', 'phu-sa', 'hai-thinh'}
LAST = {'hong-chau', 'an-dinh', 'lam-khe'}


@dataclasses.dataclass
class Commune:
  """One commune or ward. `people` in thousands, `area` in km², `upload` in Mbit/s, indicators in per cent."""
  name: str
  kind: str
  people: float
  area: float
  place: str
  deed: str
  trouble: str
  known: dict = dataclasses.field(default_factory=dict)  # figures that its story tells
  region: object = dataclasses.field(default=None, repr=False)

  @property
  def phase(self):
    """Which of the three phases of 2027 brings a site; 0 for a pilot, which has one."""
    if self.name in PILOTS:
      return 0
    if self.region.id in FIRST or self.name == 'Mũi Rồng':
      return 1
    return 3 if self.region.id in LAST and self.name not in ('Đò Trạng', 'Văn Sùng') else 2

  def invent(self):
    chance = random.Random(self.name)
    level = self.region.level + chance.uniform(-5, 5) + (4 if self.kind == 'phường' else 0)
    self.values = {}
    for key, (_, _, offset, growth) in INDICATORS.items():
      self.values[key] = round(min(99.4, max(18, level + offset + chance.uniform(-6, 6))), 1)
    self.before = {key: round(max(10, value - INDICATORS[key][3] * chance.uniform(0.6, 1.4)), 1)
                   for key, value in self.values.items()}
    self.households = round(self.people * 1000 / chance.uniform(3.7, 4.5))
    self.hamlets = max(6, round(self.people * 0.55 + self.area * 0.017 + chance.uniform(0, 3)))
    self.__dict__.update(self.known)
    self.dossiers = round(self.people * 1000 * chance.uniform(0.32, 0.55))
    self.on_time = round(chance.uniform(93, 99.8), 1)
    self.score = round(sum(self.values.values()) / len(self.values) * 0.8 + self.on_time * 0.2, 2)


class Region:
  def __init__(self, record):
    self.__dict__.update({**record, 'communes': [Commune(*row) for row in record['communes']]})
    for commune in self.communes:
      commune.region = self
      commune.invent()
    by_size = sorted(self.communes, key=lambda commune: commune.people)
    for rank, commune in enumerate(by_size):
      chance = random.Random(f'{commune.name} upload')
      low, high = ((2.4, 3.9) if rank < self.very_slow else (4.6, 9.4) if rank < self.slow else (12, 18 + self.level * 0.5))
      commune.upload = 3.2 if commune.name == 'Huổi Lụa' else round(chance.uniform(low, high), 1)

  def mean(self, key, before=False):
    """The indicator weighted by people."""
    return mean(self.communes, key, before)

  def total(self, field):
    return sum(getattr(commune, field) for commune in self.communes)


def mean(communes, key, before=False):
  people = sum(commune.people for commune in communes)
  return round(sum((commune.before if before else commune.values)[key] * commune.people for commune in communes) / people, 1)


def number(value, places=None):
  """A number the Vietnamese way: 1.234,5."""
  if places is None:
    places = 1 if isinstance(value, float) else 0
  return f'{value:,.{places}f}'.translate(str.maketrans(',.', '.,'))


REGIONS = [Region(record) for record in json.loads((pathlib.Path(__file__).parent / 'province.json').read_text())['regions']]
COMMUNES = [commune for region in REGIONS for commune in region.communes]
RANKED = sorted(COMMUNES, key=lambda commune: -commune.score)
for _rank, _commune in enumerate(RANKED):
  _commune.rank = _rank + 1
