"""The axes of the curves: how far they reach, and where their ticks are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Tick = tuple[float, str]
"""A value on an axis, and its label."""

LINES_PER_TICK = 3
"""Fewest lines from one tick to the next: the labels stand apart, and 15 lines still have 5 of them."""
_BLANKS_BETWEEN = 3
"""Fewest blanks between the labels of two steps."""
_MANTISSAS = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
"""Ticks within a factor of ten, the densest first."""
_PERCENT = {90: (2, 5, 10), 80: (5, 10, 20), 50: (10, 25, 50), 0: (10, 20, 25, 50, 100)}
"""Where an axis of percents may begin, and the distances between ticks that lead from there to 100."""


@dataclass(frozen=True)
class Ruler:
    """A vertical axis."""

    low: float
    """The value in the middle of the lowest line."""
    high: float
    """The value in the middle of the highest line."""
    ticks: list[Tick]

    def line(self, value: float, lines: int) -> int:
        """The line of a value, counted from the highest."""
        return int(0.5 + (lines - 1) * (self.high - value) / (self.high - self.low))


def losses(values: Sequence[float], lines: int) -> Ruler:
    """The axis of some losses' common logarithms, in -6..38: each factor of ten has the same height.

    At least two ticks, and about one in three or four lines: powers of ten, if there are two.
    """
    low = math.floor(min(values, default=-1.0) * 2) / 2
    high = math.ceil((max(values, default=0.5) + 0.01) * 2) / 2
    for distance in (LINES_PER_TICK, 1):
        for candidates in powers(low, high):
            ticks = [(tick, label(10**tick)) for tick in candidates if low <= tick <= high]
            ruler = Ruler(low, high, ticks)
            at = [ruler.line(tick, lines) for tick, _ in ticks]
            if len(ticks) > 1 and all(one - other >= distance for one, other in pairwise(at)):
                return ruler
    return Ruler(low, high, [(end, label(10**end)) for end in (low, high)])


def powers(low: float, high: float) -> list[list[float]]:
    """Ticks that cover an axis of logarithms, the densest first: 1 1.5 2 …, 1 10 100, 1 100 …"""
    decades = range(math.floor(low), math.ceil(high) + 1)
    within = [[decade + math.log10(part) for decade in decades for part in parts] for parts in _MANTISSAS]
    beyond = [[float(decade) for decade in decades if decade % gap == 0] for gap in (2, 3, 5, 10, 15, 20)]
    return within + beyond


def label(value: float) -> str:
    """A positive number in two digits: `0.001`, `30`, `1000`, `1e12`."""
    if 0.001 <= value < 10_000:
        return f"{float(f'{value:.2g}'):g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def percents(values: Sequence[float], usual: float, lines: int) -> Ruler:
    """The axis of percents: it ends at 100, and begins below where the run usually is.

    Args:
        values: all of them. If one is below the axis, the lowest label says so: `≤80`.
        usual: what nearly all of the newest values exceed.
        lines: how high the axis is.
    """
    low = next(low for low in _PERCENT if low <= max(usual, 0))
    most = max(1, (lines - 1) // LINES_PER_TICK)
    gap = next((gap for gap in _PERCENT[low] if (100 - low) / gap <= most), 100 - low)
    lowest = f"≤{low}" if min(values, default=low) < low else f"{low}"
    ticks = [(float(low), lowest), *((float(tick), f"{tick}") for tick in range(low + gap, 101, gap))]
    return Ruler(low, 100.0, ticks)


def linear(values: Sequence[float], lines: int) -> Ruler:
    """The axis of any numbers, each of which is on it: its ticks are round, and at its ends."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + 1.0
    most = max(1, (lines - 1) // LINES_PER_TICK)
    power = math.floor(math.log10((high - low) / most))
    gaps = (10.0**exponent * factor for exponent in range(power, power + 4) for factor in (1, 2, 5))
    for gap in gaps:
        first, last = math.floor(low / gap + 1e-9), math.ceil(high / gap - 1e-9)
        if last - first <= most:
            break
    ticks = [(number * gap, _number(number * gap, gap)) for number in range(first, last + 1)]
    return Ruler(first * gap, last * gap, ticks)


def _number(value: float, gap: float) -> str:
    """A number on an axis with this gap between ticks, as short as it can be."""
    if value and not 1e-3 <= max(abs(value), gap) < 10_000:
        for size, letter in SIZES:
            if size <= abs(value) < 10**12:
                return f"{value / size:.4g}{letter}"
        return f"{value:.3g}".replace("e-0", "e-").replace("e+", "e")
    return f"{value:.6g}" if abs(value) > gap / 2 else "0"


def steps(edge: int, columns: int) -> list[tuple[int, int, str]]:
    """The ticks of the steps from 0 to `edge`: see `along`."""
    return along(0, edge, columns)


def along(first: float, last: float, columns: int, whole: bool = True) -> list[tuple[int, int, str]]:
    """The ticks of a horizontal axis: the column of each, where its label begins, and its label.

    At least two round numbers where there are any, and as many as fit; no label touches another, or leaves
    the columns.

    Args:
        first: at the left edge.
        last: at the right edge, larger.
        columns: how many there are.
        whole: whether there is nothing between whole numbers.
    """
    power = math.floor(math.log10(last - first)) - 3
    powers = range(max(power, 0) if whole else power, power + 5)
    for gap in (10.0**exponent * factor for exponent in powers for factor in (1, 2, 5)):
        begin, end = math.ceil(first / gap - 1e-9), math.floor(last / gap + 1e-9)
        if gap > last - first or (end - begin) * _BLANKS_BETWEEN > columns:
            continue
        placed = [_place(number * gap, gap, first, last, columns) for number in range(begin, end + 1)]
        ends = [at + len(label) for _, at, label in placed]
        if all(end + _BLANKS_BETWEEN <= at for end, (_, at, _) in zip(ends, placed[1:], strict=False)):
            return placed
    widest = 10.0 ** math.floor(math.log10(last - first))
    gap = max(factor * widest for factor in (1, 2, 5) if factor * widest <= last - first)
    begin = math.ceil(first / gap - 1e-9)
    ticks = [number * gap for number in (begin, begin + 1) if number * gap <= last]
    placed = [_place(tick, gap, first, last, columns) for tick in ticks]
    touching = len(placed) > 1 and placed[0][1] + len(placed[0][2]) >= placed[1][1]
    return placed[:1] if touching else placed


def _place(x: float, gap: float, first: float, last: float, columns: int) -> tuple[int, int, str]:
    """The column of a tick, where its label begins, and its label: under it, as far as there is room."""
    text = _along(x, gap)
    column = max(0, min(int(columns * (x - first) / (last - first) + 1e-9), columns - 1))
    return column, max(0, min(column - len(text) // 2, columns - len(text))), text


SIZES = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
"""Letters for large numbers."""


def _along(value: float, gap: float) -> str:
    """A number on a horizontal axis: `800`, `1.2k`, `3M`, `0.25`; whole where the gap is small beside it."""
    if value < gap / 2:
        return "0"
    for size, letter in SIZES:
        if size <= value < 10**12:
            return f"{value / size:.6g}{letter}" if 1000 * gap >= size else f"{value:.0f}"
    return f"{value:.6g}" if value < 1000 else label(value)
