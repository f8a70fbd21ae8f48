"""The means of one activation as maps side by side: over a set, over another one, and their difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.style import Style

from explorer.protocol.questions import Array
from explorer.ui.views.gate_lines import even
from explorer.ui.views.gate_words import few
from explorer.ui.views.mistakes_data import Means
from explorer.ui.views.reach import reach
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line, cut

GAP: Final = 2
"""Columns between two maps, and left of the first."""
AROUND: Final = 2
"""Lines besides those of the pixels: what each map is, and its colours."""


class Look(NamedTuple):
    """What else the picture depends on."""

    dark: bool
    """Whether the theme is dark."""
    tint: palette.Tint
    """Which colours the terminal can show."""
    title: Style
    """The style of what a map is."""
    dim: Style
    """That of the ends of its scale."""


def lines_for(timesteps: int) -> int:
    """How many lines show all timesteps, two in each."""
    return AROUND + math.ceil(timesteps / 2)


def draw(means: Means, titles: Sequence[Sequence[str]], width: int, height: int, look: Look) -> list[Line]:
    """The maps of one activation, as many as there are; as of `draw_in_turn`."""
    *_, lines = draw_in_turn(means, titles, width, height, look)
    return lines


def draw_in_turn(
    means: Means, titles: Sequence[Sequence[str]], width: int, height: int, look: Look
) -> Iterator[list[Line]]:
    """The same lines with one map, with two, and so on: of 1,000 timesteps, each takes 5 ms.

    Args:
        means: what is shown.
        titles: what each map is, the fullest form first: the first that fits is shown.
        width: columns for all.
        height: lines for all, at least three; timesteps that don't fit are pooled.
        look: how.
    """
    shown = [one for one in (means.of_set, means.right, means.difference) if one is not None]
    room = max(1, (width - GAP * len(shown)) // len(shown))
    lines = [Line() for _ in range(height)]
    for index, (array, forms) in enumerate(zip(shown, titles, strict=False)):
        left = GAP + index * (room + GAP)
        title = next((form for form in forms if cell_len(form) <= room), forms[-1])
        for line, part in zip(lines, _map(array, title, index == 2, room, height, look), strict=False):
            line.to(left).extend(part)
        yield [Line().extend(line) for line in lines]


def _map(array: Array, title: str, compared: bool, room: int, height: int, look: Look) -> list[Line]:
    """One map: what it is, its pixels, its colours; `compared`: it is a difference, around 0."""
    timesteps, units = array.shape
    columns = min(units, room)
    each = math.ceil(timesteps / (2 * (height - AROUND)))
    end = reach(array.numbers, units) if compared else 1.0
    low = -end if compared or array.span != "unit" else 0.0
    squashed = array.span == "open" and not compared
    pairs = palette.pairs("open" if compared else array.span, look.dark, look.tint)
    means: Iterable[list[float]] = _means(array, each, columns)
    if squashed:
        means = ([*map(math.tanh, row)] for row in means)
    rows = [_levels(row, low, end, len(pairs)) for row in means]
    lines = [Line().add(cut(title, room), look.title)]
    for upper, lower in zip(rows[::2], [*rows[1::2], None], strict=False):
        if lower is None:
            cells = [palette.upper_half(pairs[one][one]) for one in upper]
        else:
            cells = [pairs[one][other] for one, other in zip(upper, lower, strict=True)]
        lines.append(Line().cells(cell for cell in cells for _ in range(room // columns)))
    scale = _scale("tanh " if squashed else "", low, end, pairs, room, look.dim)
    pooled = [f"{few(units, columns)} units a column"] if columns < units else []
    pooled += [f"{each} timesteps a pixel"] if each > 1 else []
    said = f"  {', '.join(pooled)}" if pooled else ""
    return [*lines, scale.add(said if len(said) <= room - scale.width else "", look.dim)]


def _means(array: Array, each: int, columns: int) -> Iterator[list[float]]:
    """What each row of pixels shows: the means of neighbours, over so many timesteps and over units."""
    (timesteps, units), numbers = array.shape, array.numbers
    spans = [(place * units // columns, (place + 1) * units // columns) for place in range(columns)]
    for first in range(0, timesteps, each):
        last = min(first + each, timesteps)
        rows = [numbers[start * units : (start + 1) * units] for start in range(first, last)]
        means = [total / (last - first) for total in map(sum, zip(*rows, strict=True))]  # in one pass
        if columns < units:
            means = [sum(means[left:right]) / (right - left) for left, right in spans]
        yield means


def _levels(means: Sequence[float], low: float, high: float, levels: int) -> list[int]:
    """`palette.level` of each, without a call for each: of 1,000 timesteps, there are some 10,000."""
    reach, top = high - low, levels - 1
    return [
        int(share * levels) if 0 < (share := (mean - low) / reach) < 1 else top if share >= 1 else 0
        for mean in means
    ]


def _scale(before: str, low: float, high: float, pairs: palette.Pairs, room: int, dim: Style) -> Line:
    """Which colour stands for which value; where there is no room for the colours, only the ends."""
    ends = f"{before}{low:g}", f"{high:g}"
    bar = min(room - sum(map(len, ends)), len(pairs))
    if bar < 2:
        return Line().add(cut("–".join(ends), room), dim)
    colours = (pairs[level][level] for level in even(len(pairs), bar))
    return Line().add(ends[0], dim).cells(colours).add(ends[1], dim)
