"""As many points as a plot has columns, in a time that hardly depends on the length of the run.

plotext's cost grows with its points: 9 ms for 160, 283 ms for 20,000. The lowest and the highest value of
each column draw the same band as all its values, and their mean draws the line in it. A line keeps these
three for each of its blocks, so a column costs at most two blocks' points.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.runs.blocks import Kind, Line

Points = tuple[list[float], list[float]]
"""x and y; of a line, y is NaN where it is interrupted: no line leads over a hole."""


class Window(NamedTuple):
    """What a plot shows of the horizontal axis."""

    first: float
    """At its left edge; what is exactly there is in the first column."""
    last: float
    """At its right edge, larger than the first."""
    columns: int
    """How many it has, at least 1."""

    @property
    def per_column(self) -> float:
        """How much of the axis a column has."""
        return (self.last - self.first) / self.columns

    def column_of(self, x: float) -> int:
        """The column of a place on the axis, from 0; exact where one ends a column."""
        return max(math.ceil((x - self.first) * self.columns / (self.last - self.first)) - 1, 0)

    def stretches(self, xs: Sequence[float]) -> Iterator[tuple[int, int, int]]:
        """Each column that has points: its number, the index of its first, and the index after its last.

        Args:
            xs: where each point is on the axis, ascending.
        """
        at, beyond = bisect_left(xs, self.first), bisect_right(xs, self.last)
        while at < beyond:
            column = self.column_of(xs[at])
            end = bisect_right(xs, self.first + (column + 1) * self.per_column, at, beyond)
            while end < beyond and self.column_of(xs[end]) <= column:  # rounding
                end += 1
            while end > at + 1 and self.column_of(xs[end - 1]) > column:
                end -= 1
            yield column, at, max(end, at + 1)
            at = end


class Reduced(NamedTuple):
    """One series, in as many points as a plot can show."""

    band: Points
    """At most two points a column: its minimum and its maximum, in the order in which they came."""
    mean: Points
    """One point a column, in its middle: the mean. The last is the mean of as many steps as the others."""


def reduce(line: Line, xs: Sequence[float], window: Window) -> Reduced:
    """Reduce a line to a plot's columns; steps count from 1, so that the last one fills the last column.

    A column that is still filling holds few batches, and their mean jumps. So the mean line ends with the
    mean of as many steps as a column holds, the newest ones, in the middle of those steps.

    Args:
        line: values that aren't finite are left out.
        xs: where each of its points is on the axis, ascending; those outside the window are left out.
        window: what the plot shows.
    """
    band: Points = ([], [])
    mean: Points = ([], [])
    beyond = bisect_right(xs, window.last)
    for column, first, end in window.stretches(xs):
        found = line.extremes(first, end)
        middle = window.first + (column + 0.5) * window.per_column
        if found is None:
            if end < beyond:
                _interrupt(mean, middle)
            continue
        for index, value in sorted({(found.low, found.lowest), (found.high, found.highest)}):
            _add(band, xs[index], value)
        if end < beyond:
            _add(mean, middle, found.mean)
    if beyond and xs[beyond - 1] > window.first:
        newest = xs[beyond - 1]
        begin = max(newest - window.per_column, window.first)
        found = line.extremes(bisect_right(xs, begin, 0, beyond), beyond)
        if found is not None:
            _add(mean, (begin + newest) / 2, found.mean)
    return Reduced(band, mean)


def trace(line: Line, xs: Sequence[float], window: Window) -> Points:
    """A line in at most three points a column: its lowest, its highest and its last, each where it is.

    So what is drawn of a smoothed line are values that it has, and at the finest each point is drawn.

    Args:
        line: what to draw; columns whose values all aren't finite interrupt it.
        xs: where each of its points is on the axis, ascending: steps, epochs or seconds.
        window: what the plot shows.
    """
    points: Points = ([], [])
    for _, first, end in window.stretches(xs):
        found = line.extremes(first, end)
        if found is None:
            _interrupt(points, xs[first])
            continue
        ends = {(found.low, found.lowest), (found.high, found.highest)}
        if math.isfinite(newest := line[end - 1]):
            ends.add((end - 1, newest))
        for index, value in sorted(ends):
            _add(points, xs[index], value)
    return points


def holes(line: Line, xs: Sequence[float], window: Window) -> list[tuple[int, Counter[Kind]]]:
    """The columns that hold values which aren't finite, with how many of each kind, for marks on the axis."""
    counted = ((column, line.holes(first, end)) for column, first, end in window.stretches(xs))
    return [(column, found) for column, found in counted if found]


def _add(points: Points, x: float, y: float) -> None:
    """Append one point."""
    points[0].append(x)
    points[1].append(y)


def _interrupt(points: Points, x: float) -> None:
    """Interrupt the line here, if it has begun, unless it is interrupted already."""
    if points[1] and not math.isnan(points[1][-1]):
        _add(points, x, math.nan)


def horizon(step: int, total: int) -> int:
    """The step at the right edge: the whole run, or a half, a quarter … of it while that is enough.

    So the axis changes only a few times in a run; in between, only the tip of the curve is repainted.
    """
    edge = max(total, step, 1)
    while edge > 64 and step <= edge / 2:
        edge = math.ceil(edge / 2)
    return edge
