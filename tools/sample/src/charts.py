# SPDX-License-Identifier: GPL-3.0-or-later
"""Small vector charts as SVG: bars, lines, shares. Widths in millimetres."""

from province import number

WIDTH = 155
COLOURS = ['#1f5f8b', '#c77f1b', '#5b8c5a', '#a5231f', '#7a5c99', '#8a96a3']


def figure(height, body, caption):
  return (f'<figure><svg width="{WIDTH}mm" height="{height}mm" viewBox="0 0 {WIDTH} {height}" font-family="Liberation Serif" '
          f'font-size="3.6">{body}</svg><figcaption>{caption}</figcaption></figure>')


def text(x, y, words, anchor='start', size=3.6):
  return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def box(x, y, width, height, colour):
  return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{colour}"/>'


def legend(names, y):
  return ''.join(box(34 + 44 * order, y - 2.6, 4, 2.8, COLOURS[order]) + text(40 + 44 * order, y, name)
                 for order, name in enumerate(names))


def bars(rows, names, caption, top=100):
  """Horizontal bars: `rows` of a label and one value, up to `top`, for each of `names`."""
  parts, scale, step = [], (WIDTH - 46) / top, 2 + 3.4 * len(names)
  for order, (label, *values) in enumerate(rows):
    y = 2 + order * step
    parts.append(text(30, y + step / 2 + 0.4, label, 'end'))
    for series, value in enumerate(values):
      parts.append(box(32, y + 3.4 * series, value * scale, 3, COLOURS[1 - series if len(values) == 2 else series]))
      parts.append(text(33 + value * scale, y + 3.4 * series + 2.6, number(value), size=3))
  height = 4 + len(rows) * step
  if len(names) > 1:
    parts.append(legend(names[::-1] if len(names) == 2 else names, height + 2))
  return figure(height + 5, ''.join(parts), caption)


def lines(labels, series, caption):
  """A line for each of `series`, a name and a value for each label, over a grid that starts at 0."""
  top = max(value for _, values in series for value in values)
  step = next(size for size in (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000) if top / size <= 6)
  rungs, width = int(top // step) + 1, WIDTH - 22
  height = lambda value: 50 - value * 44 / (rungs * step)
  place = lambda order: 18 + width * order / (len(labels) - 1)
  parts = [f'<path d="M16 {height(rung * step):.1f}H{WIDTH - 2}" stroke="#ccc" stroke-width="0.2"/>' +
           text(14, height(rung * step) + 1, number(rung * step), 'end', 3.2) for rung in range(rungs + 1)]
  parts += [text(place(order), 55, label, 'middle', 3.2) for order, label in enumerate(labels)]
  for order, (_, values) in enumerate(series):
    points = ' '.join(f'{place(index):.1f},{height(value):.1f}' for index, value in enumerate(values))
    parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[order]}" stroke-width="0.8"/>')
  return figure(63, ''.join(parts) + legend([name for name, _ in series], 61), caption)


def shares(parts, caption):
  """One bar cut into named shares, with the names below it."""
  total, x, body = sum(value for _, value in parts), 2, []
  for order, (name, value) in enumerate(parts):
    width = (WIDTH - 4) * value / total
    body.append(box(x, 2, width, 12, COLOURS[order]))
    body.append(f'<g fill="#fff">{text(x + width / 2, 9.4, number(value) + "%", "middle")}</g>')
    column, line = order % 2, order // 2
    body.append(box(6 + 76 * column, 19 + 6 * line, 4, 2.8, COLOURS[order]) + text(12 + 76 * column, 21.6 + 6 * line, name))
    x += width
  return figure(22 + 6 * ((len(parts) + 1) // 2), ''.join(body), caption)
