"""As many points as a plot has columns, in a time that hardly depends on the length of the run.

plotext's cost grows with its points: 9 ms for 160, 283 ms for 20,000. The lowest and the highest value of
each column draw the same band as all its values, and their mean draws the line in it. The series keeps these
three for each of its blocks, so a column costs at most two blocks' points.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from explorer.runs.series import Series

Points = tuple[list[float], list[float]]
"""x and y."""


class Reduced(NamedTuple):
    """One series, in as many points as a plot can show."""

    band: Points
    """At most two points a column: its minimum and its maximum, in the order in which they came."""
    mean: Points
    """One point a column, in its middle: the mean. The last is the mean of as many steps as the others."""


def reduce(series: Series, columns: int, last: float) -> Reduced:
    """Reduce a series to a plot's columns; steps count from 1, so that the last one fills the last column.

    A column that is still filling holds few batches, and their mean jumps. So the mean line ends with the
    mean of as many steps as a column holds, the newest ones, in the middle of those steps.

    Args:
        series: its steps rise; values that are NaN, and steps beyond the edge, are left out.
        columns: how many the plot has, at least 1.
        last: the step at the plot's right edge.
    """
    band: Points = ([], [])
    mean: Points = ([], [])
    edge = max(last, 1.0)
    per_column = edge / columns

    def column_of(step: float) -> int:
        return max(math.ceil(step * columns / edge) - 1, 0)  # exact where a step ends a column

    first, beyond = 0, bisect_right(series.steps, last)
    while first < beyond:
        column = column_of(series.steps[first])
        end = bisect_right(series.steps, column, first, beyond, key=column_of)
        found = series.extremes(first, end)
        if found is not None:
            for index in sorted({found.low, found.high}):
                band[0].append(series.steps[index])
                band[1].append(series.values[index])
            if end < beyond:
                mean[0].append((column + 0.5) * per_column)
                mean[1].append(found.mean)
        first = end
    if beyond:
        newest = series.steps[beyond - 1]
        found = series.extremes(bisect_right(series.steps, newest - per_column, 0, beyond), beyond)
        if found is not None:
            mean[0].append((max(newest - per_column, 0) + newest) / 2)
            mean[1].append(found.mean)
    return Reduced(band, mean)


def horizon(step: int, total: int) -> int:
    """The step at the right edge: the whole run, or a half, a quarter … of it while that is enough.

    So the axis changes only a few times in a run; in between, only the tip of the curve is repainted.
    """
    edge = max(total, step, 1)
    while edge > 64 and step <= edge / 2:
        edge = math.ceil(edge / 2)
    return edge
