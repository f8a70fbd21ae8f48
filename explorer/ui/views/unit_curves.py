"""Curves over time in braille, to the right: arithmetic without a screen.

A curve takes 0.1 ms, not the 20 of plotext, so that it follows the weights and the cursor at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from explorer.ui.views.braille import DOTS
from explorer.ui.views.unit_data import Curve


def _cell(left: int, right: int) -> str:
    """The character of two columns of four dots, each as bits from the top."""
    bits = sum(DOTS[row][0] * (left >> row & 1) + DOTS[row][1] * (right >> row & 1) for row in range(4))
    return chr(0x2800 + bits) if bits else " "


_CELLS: Final = [_cell(left, right) for left in range(16) for right in range(16)]
ENDS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
"""Where a scale may end, times 10ⁿ: so that at least two thirds of it are used."""
GAP: Final = -1
"""The row of dots of a value that isn't finite."""
LEAST: Final = 1e-6
"""How far a scale goes from 0 at least, of numbers that are all smaller."""


class Limits(NamedTuple):
    """The ends of a scale; 0 is among them, or at one end."""

    low: float
    high: float

    @classmethod
    def of(cls, curves: Iterable[Curve]) -> Limits:
        """The scale of some curves: their ranges, or else as far as they go, rounded up, so that it seldom
        changes while the weights do.
        """
        low = high = 0.0
        for curve in curves:
            bounds = {"unit": (0.0, 1.0), "signed": (-1.0, 1.0)}.get(curve.span, (0.0, 0.0))
            known = [*filter(math.isfinite, curve.values)] or [0.0]
            least, most = min(known), max(known)
            low = min(low, bounds[0], -outward(-least) if least < bounds[0] else 0.0)
            high = max(high, bounds[1], outward(most) if most > bounds[1] else 0.0)
        return cls(low, high if high > low else 1.0)


def outward(value: float) -> float:
    """A number above 0, rounded up to one of `ENDS` times 10ⁿ."""
    power = 10.0 ** math.floor(math.log10(max(value, LEAST)))
    return next(power * step for step in ENDS if power * step >= value)


def column_of(timestep: int, timesteps: int, columns: int) -> int:
    """In which column of dots a timestep is, two to a column of text; the last one is at the right edge."""
    return round(timestep * (2 * columns - 1) / (timesteps - 1)) if timesteps > 1 else 0


def row_of(value: float, limits: Limits, lines: int) -> int:
    """The row of dots, four to a line of text, in which a value is; outside the scale, the nearest end."""
    share = (limits.high - value) / (limits.high - limits.low)
    return round(min(1.0, max(0.0, share)) * (4 * lines - 1))


def draw(values: Sequence[float], limits: Limits, columns: int, lines: int) -> list[str]:
    """A curve, as lines of exactly this size, from one timestep to the next as a straight line.

    Args:
        values: (T,); where one isn't finite, the curve has a gap.
        limits: the scale.
        columns: columns of text.
        lines: lines of text.
    """
    masks = [0] * (2 * columns)  # of each column of dots, as bits from the top
    rows = _rows(values, limits, lines)
    whole, last = GAP not in rows, (0, GAP)
    for x, first, after in _columns(len(values), columns):
        part = rows[first:after]
        if last[1] != GAP != part[0]:
            _join(masks, last, (x, part[0]))
        for run in [part] if whole else _runs(part):
            masks[x] |= (2 << max(run)) - (1 << min(run))
        last = x, part[-1]
    return [_line(masks, row) for row in range(0, 4 * lines, 4)]


def _rows(values: Sequence[float], limits: Limits, lines: int) -> list[int]:
    """`row_of` each value, without a call for each; `GAP` for one that isn't finite."""
    high, reach, top = limits.high, limits.high - limits.low, 4 * lines - 1
    numbers = [*values]
    if all(map(math.isfinite, numbers)):
        if limits.low <= min(numbers) and max(numbers) <= high:
            return [round((high - value) / reach * top) for value in numbers]
        return [round(min(1.0, max(0.0, (high - value) / reach)) * top) for value in numbers]
    return [row_of(value, limits, lines) if math.isfinite(value) else GAP for value in numbers]


def _runs(part: Sequence[int]) -> list[list[int]]:
    """The stretches of a column between two values that aren't finite."""
    return [[*run] for gap, run in groupby(part, GAP.__eq__) if not gap]


def _join(masks: list[int], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw a straight line from a point in a column of dots to one in a column farther right."""
    (left, begin), (x, y) = start, end
    across, before = x - left, begin
    for step in range(1, across):
        here = begin + round((y - begin) * step / across)
        _step(masks, left + step, before, here)
        before = here
    _step(masks, x, before, y)


def _step(masks: list[int], x: int, before: int, here: int) -> None:
    """Draw a line to a column of dots from the one before; of a steep stretch, each of the two has a half."""
    half = (before + here) // 2
    if here > before:
        masks[x - 1] |= (2 << half) - (1 << before)
        masks[x] |= (2 << here) - (2 << half)
    else:
        masks[x - 1] |= (2 << before) - (1 << half + (here < before))
        masks[x] |= (2 << half) - (1 << here)


def _line(masks: Sequence[int], row: int) -> str:
    """One line of text, whose first row of dots this is."""
    cells = _CELLS
    return "".join(
        [
            cells[(left >> row & 15) << 4 | right >> row & 15]
            for left, right in zip(masks[::2], masks[1::2], strict=True)
        ]
    )


@lru_cache(8)
def _columns(timesteps: int, columns: int) -> list[tuple[int, int, int]]:
    """Each column of dots that has timesteps: which one, the first of them, and the one after the last."""
    places = groupby(range(timesteps), lambda timestep: column_of(timestep, timesteps, columns))
    parts = [(x, [*those]) for x, those in places]
    return [(x, those[0], those[-1] + 1) for x, those in parts]
