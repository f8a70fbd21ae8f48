"""Curves over time in braille, to the right: arithmetic without a screen.

A curve takes 0.1 ms, not the 20 of plotext, so that it follows the weights and the cursor at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from explorer.ui.views.braille import DOTS
from explorer.ui.views.unit_data import Curve


def _cell(left: int, right: int) -> str:
    """The character of two columns of four dots, each as bits from the top."""
    bits = sum(DOTS[row][0] * (left >> row & 1) + DOTS[row][1] * (right >> row & 1) for row in range(4))
    return chr(0x2800 + bits) if bits else " "


_CELLS: Final = [[_cell(left, right) for right in range(16)] for left in range(16)]
ENDS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
"""Where a scale may end, times 10ⁿ: so that at least two thirds of it are used."""
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
    last: tuple[int, int] | None = None
    for x, value in zip(_columns(len(values), columns), values, strict=True):
        if not math.isfinite(value):
            last = None
            continue
        y = row_of(value, limits, lines)
        if last is None:
            masks[x] |= 1 << y
        elif x == last[0]:
            masks[x] |= _span(last[1], y)
        else:
            (left, before), across = last, x - last[0]
            for step in range(1, across + 1):
                here = last[1] + round((y - last[1]) * step / across)
                half = (before + here) // 2  # of a steep stretch, each of its columns has a half
                masks[left + step - 1] |= _span(before, half + (here < before))
                masks[left + step] |= _span(min(half + 1, here) if here > before else half, here)
                before = here
        last = x, y
    return [
        "".join(
            _CELLS[(masks[2 * column] >> row) & 15][(masks[2 * column + 1] >> row) & 15]
            for column in range(columns)
        )
        for row in range(0, 4 * lines, 4)
    ]


@lru_cache(8)
def _columns(timesteps: int, columns: int) -> list[int]:
    """`column_of` each timestep."""
    return [column_of(timestep, timesteps, columns) for timestep in range(timesteps)]


def _span(one: int, other: int) -> int:
    """The bits from one row of dots to another, with both."""
    return (2 << max(one, other)) - (1 << min(one, other))


def spread(wanted: Sequence[int], lines: int) -> list[int]:
    """Lines for names that are wanted on some: each on its own, as near as there is room, in their order.

    Args:
        wanted: the line that each belongs to.
        lines: how many there are, at least as many as names.
    """
    order = sorted(range(len(wanted)), key=lambda name: wanted[name])
    found, taken = [0] * len(wanted), -1
    for place, name in enumerate(order):
        after = len(order) - 1 - place
        taken = found[name] = min(max(wanted[name], taken + 1), lines - 1 - after)
    return found
