"""As many points as a plot has columns, whatever the length of a run.

plotext's cost grows with its points: 9 ms for 160, 283 ms for 20,000. The lowest and the highest value
of each column draw the same band as all of them, and their mean the line in it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from explorer.runs.history import Series

Points = tuple[list[float], list[float]]
"""x and y."""


class Reduced(NamedTuple):
    """One series in as many points as a plot can show."""

    band: Points
    """At most two points a column: its minimum and its maximum, in the order in which they came."""
    mean: Points
    """One point a column, in its middle: the mean."""


def reduce(series: Series, columns: int, last: float) -> Reduced:
    """Reduce a series to a plot's columns.

    Args:
        series: steps rising; values that are NaN, and steps beyond the edge, are left out.
        columns: of the plot, at least 1.
        last: the step at the plot's right edge.
    """
    band: Points = ([], [])
    mean: Points = ([], [])
    per_column = max(last, 1.0) / columns
    column, points = 0, []  # type: int, list[tuple[float, float]]
    for step, value in zip(series.steps, series.values, strict=True):
        here = int(step / per_column)
        if here != column:
            _close(points, (column + 0.5) * per_column, band, mean)
            column, points = here, []
        if not math.isnan(value) and step <= last:
            points.append((step, value))
    _close(points, min((column + 0.5) * per_column, last), band, mean)
    return Reduced(band, mean)


def _close(points: list[tuple[float, float]], middle: float, band: Points, mean: Points) -> None:
    """Add what a column's points come to."""
    if not points:
        return
    low = min(points, key=lambda point: point[1])
    high = max(points, key=lambda point: point[1])
    for step, value in sorted({low, high}):
        band[0].append(step)
        band[1].append(value)
    mean[0].append(middle)
    mean[1].append(sum(value for _, value in points) / len(points))


def horizon(step: int, total: int) -> int:
    """The step at the right edge: the whole run, or a half, a quarter … of it while that is enough.

    So the axis changes a few times in a run, and in between only the curve's tip is painted anew.
    """
    edge = max(total, step, 1)
    while edge > 64 and step <= edge / 2:
        edge = math.ceil(edge / 2)
    return edge
