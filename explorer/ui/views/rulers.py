"""The axes of the curves: how far they reach, and where their ticks are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Tick = tuple[float, str]
"""A value on an axis, and its label."""

_LINES_PER_TICK = 3
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
    for distance in (_LINES_PER_TICK, 1):
        for candidates in _powers(low, high):
            ticks = [(tick, _label(10**tick)) for tick in candidates if low <= tick <= high]
            ruler = Ruler(low, high, ticks)
            at = [ruler.line(tick, lines) for tick, _ in ticks]
            if len(ticks) > 1 and all(one - other >= distance for one, other in pairwise(at)):
                return ruler
    return Ruler(low, high, [(end, _label(10**end)) for end in (low, high)])


def _powers(low: float, high: float) -> list[list[float]]:
    """Ticks that cover an axis of logarithms, the densest first: 1 1.5 2 …, 1 10 100, 1 100 …"""
    decades = range(math.floor(low), math.ceil(high) + 1)
    within = [[decade + math.log10(part) for decade in decades for part in parts] for parts in _MANTISSAS]
    beyond = [[float(decade) for decade in decades if decade % gap == 0] for gap in (2, 3, 5, 10, 15, 20)]
    return within + beyond


def _label(value: float) -> str:
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
    most = max(1, (lines - 1) // _LINES_PER_TICK)
    gap = next((gap for gap in _PERCENT[low] if (100 - low) / gap <= most), 100 - low)
    lowest = f"≤{low}" if min(values, default=low) < low else f"{low}"
    ticks = [(float(low), lowest), *((float(tick), f"{tick}") for tick in range(low + gap, 101, gap))]
    return Ruler(low, 100.0, ticks)


def steps(edge: int, columns: int) -> list[tuple[int, int, str]]:
    """The ticks of the steps from 0 to `edge`: the column of each, where its label begins, and its label.

    At least two round numbers, and as many as fit; no label touches another, or leaves the columns.
    """
    gaps = [10**power * factor for power in range(len(str(edge))) for factor in (1, 2, 5)]
    gaps = [gap for gap in gaps if gap <= edge]
    for gap in gaps:
        if edge // gap * _BLANKS_BETWEEN <= columns:
            placed = [_place(step, edge, columns) for step in range(0, edge + 1, gap)]
            ends = [begin + len(label) for _, begin, label in placed]
            if all(
                end + _BLANKS_BETWEEN <= begin for end, (_, begin, _) in zip(ends, placed[1:], strict=False)
            ):
                return placed
    return [_place(step, edge, columns) for step in (0, gaps[-1])]


def _place(step: int, edge: int, columns: int) -> tuple[int, int, str]:
    """The column of a step, where its label begins, and its label: under it, as far as there is room."""
    label = short_step(step)
    column = min(columns * step // edge, columns - 1)
    return column, max(0, min(column - len(label) // 2, columns - len(label))), label


def short_step(step: int) -> str:
    """`800`, `1.2k`, `3M`."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size <= step < 10**12:
            return f"{step / size:.4g}{letter}"
    return f"{step}" if step < 1000 else _label(step)
