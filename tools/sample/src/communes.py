# SPDX-License-Identifier: GPL-3.0-or-later
"""Chapter III of the report: what each region and each commune did, said from its figures and its own story."""

import json
import pathlib
import random

import charts
import tables
from province import COMMUNES, INDICATORS, REGIONS, mean, number

FOLDER = pathlib.Path(__file__).parent / 'report'
SENTENCES = json.loads((FOLDER / 'sentences.json').read_text())


class Voice:
  """Picks sentences so that no two communes in a row are told in the same words."""

  def __init__(self):
    self.turns = {}

  def say(self, *path, **values):
    choices = SENTENCES
    for key in path:
      choices = choices[key]
    turn = self.turns[path] = self.turns.get(path, -1) + 1
    return choices[turn % len(choices)].format(**values)


def facts_of(commune, voice):
  """Everything a sentence may ask for."""
  chance = random.Random(f'{commune.name} facts')
  region_score = sum(other.score for other in commune.region.communes) / len(commune.region.communes)
  return dict(
    people=number(round(commune.people * 1000)), households=number(commune.households), hamlets=commune.hamlets,
    area=number(commune.area), density=number(round(commune.people * 1000 / commune.area)), dossiers=number(commune.dossiers),
    on_time=number(commune.on_time), online=number(commune.values['online']), online_before=number(commune.before['online']),
    online_gain=number(round(commune.values['online'] - commune.before['online'], 1)), score=number(commune.score, 2),
    rank=commune.rank, against_region='cao hơn' if commune.score > region_score else 'thấp hơn', upload=number(commune.upload),
    phase=commune.phase, room=chance.randrange(36, 90, 2), region=commune.region.name, trips=chance.randrange(88, 210),
    hours=chance.randrange(3, 19), minutes=chance.randrange(14, 58), points=chance.randrange(4, 27),
    calls=chance.randrange(84, 99), who=voice.say('who'))


def upload_class(commune):
  return 'line_good' if commune.upload >= 10 else 'line_weak' if commune.upload >= 4 else 'line_poor'


def rank_class(commune):
  return 'rank_high' if commune.rank <= 10 else 'rank_low' if commune.rank > 54 else 'rank_middle'


def landscape(commune):
  region = commune.region
  return 'sea' if region.sea >= 1 else 'hills' if region.hills >= 0.5 else 'plain'


def extremes(commune):
  """The indicators in which the commune stands furthest above and below the province."""
  order = sorted(INDICATORS, key=lambda key: commune.values[key] - mean(COMMUNES, key))
  return order[-1], order[0]


def remark(commune, voice, side, key):
  """What to say of the best or the worst indicator; a low best and a high worst need words of their own."""
  value, before = commune.values[key], commune.before[key]
  if side == 'best' and value < 65 or side == 'worst' and value > 78:
    return voice.say('best_of_poor' if side == 'best' else 'worst_of_good', name=INDICATORS[key][1], value=number(value),
                     before=number(before), gain=number(round(value - before, 1)))
  return voice.say(side, key, value=number(value))


def own_table(commune):
  head = ''.join(f'<th>{column[0]}</th>' for column in INDICATORS.values())
  rows = ''.join(f'<tr><td>{year}</td>{"".join(f"<td class=c>{number(figures[key])}</td>" for key in INDICATORS)}</tr>'
                 for year, figures in (('2025', commune.before), ('2026', commune.values)))
  return f'<table class="data facts"><thead><tr><th>Năm (%)</th>{head}</tr></thead>{rows}</table>'


def commune_section(commune, label, voice):
  facts, (best, worst) = facts_of(commune, voice), extremes(commune)
  goal = number(min(99, round(commune.values[worst] + (100 - commune.values[worst]) * 0.3)))
  has_site = voice.say('pilot', **facts) if commune.phase == 0 else voice.say('phase', **facts)
  size = voice.say('size', **facts)
  if commune.kind == 'phường':
    size = size.replace('thôn, bản', 'tổ dân phố').replace('Xã có', 'Phường có')
  return f'''<h4>{label} {commune.kind.capitalize()} {commune.name}</h4>
<p>{commune.place} {size}</p>
<p><i>Việc làm được.</i> {commune.deed} {voice.say('work', **facts)}</p>
{own_table(commune)}
<p><i>Chỉ tiêu.</i> {voice.say(rank_class(commune), **facts)} {remark(commune, voice, 'best', best)} {remark(commune, voice, 'worst', worst)}</p>
<p><i>Thiên tai và liên lạc.</i> {voice.say('storm', landscape(commune), **facts)} {voice.say(upload_class(commune), **facts)} {has_site}</p>
<p><i>Khó khăn.</i> {commune.trouble}</p>
<p><i>Nhiệm vụ năm 2027.</i> {voice.say('task', worst, goal=goal)} {voice.say('answer', **facts)}</p>'''


def region_section(region, order, numbering, voice):
  rows = [tables.row([column[1][0].upper() + column[1][1:], region.mean(key, before=True), region.mean(key), mean(COMMUNES, key),
                      round(region.mean(key) - mean(COMMUNES, key), 1)]) for key, column in INDICATORS.items()]
  compared = numbering.table(f'Sáu chỉ tiêu của khu vực {region.name} so với toàn tỉnh (%)',
                             tables.table(['Chỉ tiêu', 'Năm 2025', 'Năm 2026', 'Toàn tỉnh', 'Chênh lệch'], rows))
  scores = charts.bars([(commune.name, commune.score) for commune in region.communes], [''],
                       numbering.caption('Hình', f'Chỉ số chuyển đổi số của các đơn vị khu vực {region.name}'))
  communes = ''.join(commune_section(commune, f'{order}.{place + 1}.', voice) for place, commune in enumerate(region.communes))
  paragraphs = ''.join(f'<p>{text}</p>' for text in region.text)
  plan = ''.join(f'<p>{text}</p>' for text in region.plan)
  return f'''<h3>{order}. Khu vực {region.name}</h3>
{paragraphs}
<p>Khu vực có {len(region.communes)} đơn vị, {number(round(region.total('people') * 1000))} người, {number(region.total('households'))} hộ, {region.total('hamlets')} thôn, bản, tổ dân phố. {strengths(region)} {voice.say('region_end')}</p>
{compared}{scores}{communes}
<h4>{order}.{len(region.communes) + 1}. Nhiệm vụ chung của khu vực năm 2027</h4>
{plan}'''


def strengths(region):
  """A sentence on where the region stands above and below the whole province, and where it grew most."""
  gap = {key: round(region.mean(key) - mean(COMMUNES, key), 1) for key in INDICATORS}
  growth = {key: round(region.mean(key) - region.mean(key, before=True), 1) for key in INDICATORS}
  above = [INDICATORS[key][1] for key in INDICATORS if gap[key] > 0]
  most = max(growth, key=growth.get)
  first = 'Cả sáu chỉ tiêu đều cao hơn mức chung của tỉnh' if len(above) == 6 else (
    'Cả sáu chỉ tiêu đều thấp hơn mức chung của tỉnh' if not above else f'Cao hơn mức chung của tỉnh là {"; ".join(above)}')
  return f'{first}; tăng nhiều nhất là {INDICATORS[most][1]} (thêm {number(growth[most])} điểm phần trăm).'


def chapter(numbering):
  voice = Voice()
  return ('<h2>Chương III <span class="title">Kết quả tại các khu vực và đơn vị hành chính cấp xã</span></h2>' + (FOLDER / 'method.html').read_text() +
          ''.join(region_section(region, order + 1, numbering, voice) for order, region in enumerate(REGIONS)))
