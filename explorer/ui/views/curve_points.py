"""What one plot shows, from a run's history: points in the units of its axes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.runs.blocks import Kind
from explorer.runs.decimate import Points, Window, holes, horizon, reduce, trace
from explorer.runs.history import History
from explorer.runs.over import place, places
from explorer.runs.series import Series
from explorer.ui.views.curve_panels import Panel, Scale, converter
from explorer.ui.views.look import Extent, Look


@dataclass(frozen=True)
class Curve:
    """One line of a plot."""

    name: str
    line: Points
    """The mean of each column, the line smoothed, or each batch."""
    band: Points
    """The lowest and the highest batch of each column."""
    single: bool
    """Whether no column has more than one batch, so that each is a dot."""


@dataclass(frozen=True)
class CurvePoints:
    """What one plot shows."""

    window: Window
    """What of the horizontal axis."""
    scale: Scale
    curves: tuple[Curve, ...]
    test: Points
    """The evaluations of the whole test set."""
    part: Points
    """The newest evaluation, if it was of a part of the test set; else nothing."""
    samples: int
    """How many samples the newest evaluation has read; 0: those of several runs have read different ones."""
    fullest: int
    """The most batches of a column."""
    zeros: tuple[float, ...]
    """Where on the horizontal axis values are that have no place on a logarithmic one."""
    holes: tuple[tuple[float, Counter[Kind]], ...]
    """Where values are that aren't finite, and how many of each kind."""

    @property
    def values(self) -> list[float]:
        """Everything that the vertical axis has to show: a line lies inside its band."""
        lines = [value for curve in self.curves for value in curve.band[1]]
        smooth = [value for curve in self.curves for value in curve.line[1] if not math.isnan(value)]
        return lines + smooth + self.test[1] + self.part[1]

    @property
    def usual(self) -> float:
        """What 95 % of the values of the last three quarters exceed; 0 before the first."""
        bands = [value for curve in self.curves for value in curve.band[1][len(curve.band[1]) // 4 :]]
        late = sorted(bands + self.test[1])
        return late[len(late) // 20] if late else 0.0


def extent_of(history: History) -> Extent:
    """How far a run goes."""
    return Extent(history.steps_done, horizon(history.steps_done, history.total_steps))


def window_of(history: History, look: Look, columns: int) -> Window:
    """What a plot of so many columns shows of the horizontal axis."""
    first, last = (place(history, look.over, step) for step in look.window(extent_of(history)))
    return Window(first, last if last > first else first + 1.0, columns)


def points_of(history: History, panel: Panel, look: Look, window: Window) -> CurvePoints:
    """What a plot shows of its window, as points for about as many columns."""
    scale = panel.scale(look.axis)
    to_axis = converter(scale)
    curves, missing, zeros, fullest = [], list[tuple[float, Counter[Kind]]](), set[float](), 0
    for name, series in panel.lines(history):
        xs = places(history, look.over, series.steps)
        most = max((end - first for _, first, end in window.stretches(xs)), default=0)
        band, mean = reduce(series, xs, window)
        line = _smooth(series, look.factor, xs, window) if look.factor or most == 1 else mean
        band, without = _on_axis(band, to_axis)
        zeros.update(without)
        curves.append(Curve(name, (line[0], [*map(to_axis, line[1])]), band, most == 1))
        missing += [
            (window.first + (at + 0.5) * window.per_column, found) for at, found in holes(series, xs, window)
        ]
        fullest = max(fullest, most)
    test, without = _tested(history, panel, look, window, to_axis)
    part, without_part = _part(history, panel, look, window, to_axis)
    samples = history.evaluated.samples if history.evaluated else 0
    marked = tuple(sorted({*zeros, *without, *without_part}))
    return CurvePoints(window, scale, tuple(curves), test, part, samples, fullest, marked, tuple(missing))


def _smooth(series: Series, factor: float, xs: Sequence[float], window: Window) -> Points:
    """A line smoothed over all its batches, in the window; without a factor, the batches themselves."""
    first, end = bisect_left(xs, window.first), bisect_right(xs, window.last)
    line, begin = series.smoothed_part(factor, first, end)
    return trace(line, xs[begin:end] if begin else xs, window)


def _tested(
    history: History, panel: Panel, look: Look, window: Window, to_axis: Callable[[float], float]
) -> tuple[Points, list[float]]:
    """The evaluations of the whole test set, and those without a place on the axis."""
    series = panel.tested(history)
    if series is None:
        return ([], []), []
    return _on_axis(reduce(series, places(history, look.over, series.steps), window).band, to_axis)


def _part(
    history: History, panel: Panel, look: Look, window: Window, to_axis: Callable[[float], float]
) -> tuple[Points, list[float]]:
    """The newest evaluation, if it was of a part of the test set and is inside."""
    evaluated = history.evaluated
    value = {"loss": evaluated.loss, "accuracy": evaluated.accuracy}.get(panel.series) if evaluated else None
    if value is None or evaluated is None or evaluated.whole:
        return ([], []), []
    x = place(history, look.over, evaluated.step)
    inside = window.first <= x <= window.last
    return _on_axis(([x], [value]) if inside else ([], []), to_axis)


def _on_axis(points: Points, to_axis: Callable[[float], float]) -> tuple[Points, list[float]]:
    """Points in the units of a vertical axis, and where those are that have no place on it."""
    xs, ys, without = list[float](), list[float](), list[float]()
    for x, y in zip(*points, strict=True):
        on_axis = to_axis(y)
        if math.isnan(on_axis):
            without.append(x)
        else:
            xs.append(x)
            ys.append(on_axis)
    return (xs, ys), without
