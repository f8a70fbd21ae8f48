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
    """One point a column, in its middle: the mean."""


def reduce(series: Series, columns: int, last: float) -> Reduced:
    """Reduce a series to a plot's columns.

    Args:
        series: its steps rise; values that are NaN, and steps beyond the edge, are left out.
        columns: how many the plot has, at least 1.
        last: the step at the plot's right edge.
    """
    band: Points = ([], [])
    mean: Points = ([], [])
    per_column = max(last, 1.0) / columns

    def column_of(step: float) -> int:
        return int(step / per_column)

    first, beyond = 0, bisect_right(series.steps, last)
    while first < beyond:
        column = column_of(series.steps[first])
        end = bisect_right(series.steps, column, first, beyond, key=column_of)
        found = series.extremes(first, end)
        if found is not None:
            for index in sorted({found.low, found.high}):
                band[0].append(series.steps[index])
                band[1].append(series.values[index])
            mean[0].append(min((column + 0.5) * per_column, last))
            mean[1].append(found.mean)
        first = end
    return Reduced(band, mean)


def horizon(step: int, total: int) -> int:
    """The step at the right edge: the whole run, or a half, a quarter … of it while that is enough.

    So the axis changes only a few times in a run; in between, only the tip of the curve is repainted.
    """
    edge = max(total, step, 1)
    while edge > 64 and step <= edge / 2:
        edge = math.ceil(edge / 2)
    return edge
