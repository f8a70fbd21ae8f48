"""What of a curve lies within the limits of a plot: outside of them, plotext ends the process."""

from __future__ import annotations

import math

from explorer.runs.decimate import Points


def points_within(points: Points, low: float, high: float) -> Points:
    """The points whose values are from `low` to `high`."""
    inside = [(x, y) for x, y in zip(*points, strict=True) if low <= y <= high]
    return [x for x, _ in inside], [y for _, y in inside]


def line_within(points: Points, low: float, high: float) -> Points:
    """A line cut off at both limits, with a NaN wherever it leaves them; a NaN interrupts it already.

    Args:
        points: where it bends.
        low: the lower limit.
        high: the upper one.
    """
    xs: list[float] = []
    ys: list[float] = []
    before: tuple[float, float] | None = None

    def add(x: float, y: float) -> None:
        """Go on to a point, unless the line is there."""
        if not xs or xs[-1] != x or ys[-1] != y:
            xs.append(x)
            ys.append(y)

    for x, y in zip(*points, strict=True):
        if math.isnan(y):
            before = None
            _interrupt(xs, ys, x)
            continue
        if before is None:
            if low <= y <= high:
                add(x, y)
        elif not (max(before[1], y) < low or min(before[1], y) > high):
            for end in (before, (x, y)):
                inside = min(max(end[1], low), high)
                add(end[0] if inside == end[1] else _at(before, (x, y), inside), inside)
        if not low <= y <= high:
            _interrupt(xs, ys, x)
        before = x, y
    return xs, ys


def _at(one: tuple[float, float], other: tuple[float, float], y: float) -> float:
    """Where the line from one point to another has a value between theirs, which differ."""
    return one[0] + (other[0] - one[0]) * ((y - one[1]) / (other[1] - one[1]))


def _interrupt(xs: list[float], ys: list[float], x: float) -> None:
    """Interrupt a line, if it has begun, unless it is interrupted already."""
    if ys and not math.isnan(ys[-1]):
        xs.append(x)
        ys.append(math.nan)
