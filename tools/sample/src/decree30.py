# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a paper that Decree 30/2020/NĐ-CP lays down: heading, kind and summary line, recipients and signature."""

import datetime
import html
import re

COUNTRY = 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM'
MOTTO = 'Độc lập - Tự do - Hạnh phúc'
BLANK = '<span class="blank"></span>'


def date_words(date):
  """`2026-11-05` as the decree writes it; days below 10 and the months 1 and 2 get a zero. Without a date, room to write one."""
  if not date:
    return f'ngày{BLANK}tháng{BLANK}năm 2026'
  day = datetime.date.fromisoformat(date)
  month = f'{day.month:02}' if day.month < 3 else day.month
  return f'ngày {day.day:02} tháng {month} năm {day.year}'


def letterhead(paper, over='', agency='', place='Hồng Châu', notation='', body=''):
  """The two columns above every paper; `|` parts the lines of `agency`. `notation` stands in for the number of a paper that has none yet."""
  number = paper.get('number') or BLANK + notation
  draft = '<div class="draft">DỰ THẢO</div>' if notation else ''
  return f'''<table class="letterhead">
<tr><td class="agency">{f'<div class="over">{over}</div>' if over else ''}<div class="own">{agency.replace('|', '<br>')}</div></td>
<td><div class="country">{COUNTRY}</div><div class="motto"><span>{MOTTO}</span></div></td></tr>
<tr><td class="number">Số: {number}{draft}</td><td class="date">{place}, {date_words(paper.get('date'))}</td></tr>
</table>'''


def heading(paper, kind='', body=''):
  return f'<h1>{kind}</h1>\n<p class="summary">{body.strip()}</p>'


def signature(paper, signer='', name='', body=''):
  """Recipients (one a line of `body`) on the left; on the right the signer's lines, parted by `|`, and the name."""
  recipients = '<br>'.join(f'- {line.strip()}' for line in body.strip().splitlines())
  return f'''<table class="foot"><tr><td class="recipients"><b>Nơi nhận:</b><br>{recipients}</td>
<td class="signer">{signer.replace('|', '<br>')}<div class="name">{name}</div></td></tr></table>'''


PARTS = {'letterhead': letterhead, 'heading': heading, 'signature': signature}


def expand(source, paper):
  """Replace the elements `x-letterhead`, `x-heading` and `x-signature` of a source by what the decree asks for."""
  def part(match):
    attributes = dict(re.findall(r'(\w+)="([^"]*)"', match[2]))
    return PARTS[match[1]](paper, body=match[3], **attributes)
  return re.sub(r'<x-(\w+)([^>]*)>(.*?)</x-\1>', part, source, flags=re.S)


def document(paper, body, style=''):
  """A whole HTML page around `body`; its title is the paper's."""
  return f'''<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{html.escape(paper['title'])}</title>
<meta name="author" content="UBND tỉnh Hồng Lam"><link rel="stylesheet" href="style.css"></head>
<body class="{style}">
{expand(body, paper)}
</body></html>'''
