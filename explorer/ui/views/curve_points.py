"""What the two plots show, from a run's history: points in the units of their axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.runs.decimate import Points, horizon, reduce
from explorer.runs.history import History


@dataclass(frozen=True)
class CurvePoints:
    """What one plot shows."""

    edge: int
    """The step at the right edge."""
    band: Points
    """The lowest and the highest batch of each column."""
    mean: Points
    """The mean of the batches of each column."""
    test: Points
    """The evaluations of the whole test set."""
    part: Points
    """The newest evaluation, if it was of a part of the test set; else nothing."""
    samples: int
    """How many samples the newest evaluation has read."""

    @property
    def values(self) -> list[float]:
        """Everything that the vertical axis has to show: the mean lies inside the band."""
        return self.band[1] + self.test[1] + self.part[1]

    @property
    def usual(self) -> float:
        """What 95 % of the values of the last three quarters exceed; 0 before the first."""
        late = sorted(self.band[1][len(self.band[1]) // 4 :] + self.test[1])
        return late[len(late) // 20] if late else 0.0

    def converted(self, value: Callable[[float], float]) -> CurvePoints:
        """The same points with each value converted."""
        curves = (self.band, self.mean, self.test, self.part)
        band, mean, test, part = ((xs, [value(y) for y in ys]) for xs, ys in curves)
        return replace(self, band=band, mean=mean, test=test, part=part)


def loss_points(history: History, columns: int) -> CurvePoints:
    """The common logarithms of the losses, as points for about this many columns."""
    newest = history.evaluated.loss if history.evaluated else None
    return _points(history, "loss", newest, columns).converted(_log)


def accuracy_points(history: History, columns: int) -> CurvePoints:
    """The accuracies in percent, as points for about this many columns."""
    newest = history.evaluated.accuracy if history.evaluated else None
    return _points(history, "accuracy", newest, columns).converted(_percent)


def _points(history: History, name: str, newest: float | None, columns: int) -> CurvePoints:
    """Two of the history's series, and what the newest evaluation found, reduced to a plot's columns."""
    train, test = history.train[name], history.test[name]
    edge = horizon(history.steps_done, history.total_steps)
    band, mean = reduce(train, columns, edge)
    evaluated = history.evaluated
    part: Points = ([], [])
    if newest is not None and evaluated is not None and not evaluated.whole and evaluated.step <= edge:
        part = ([evaluated.step], [newest])
    samples = evaluated.samples if evaluated else 0
    return CurvePoints(edge, band, mean, reduce(test, columns, edge).band, part, samples)


def _log(loss: float) -> float:
    """A loss on the log scale, limited to 1e-6..1e38: float32 goes no further."""
    return math.log10(min(max(loss, 1e-6), 1e38))


def _percent(share: float) -> float:
    """A share in percent, kept inside the axis: plotext draws every pixel of a line that leaves it.

    Rounded, because a series keeps seven digits: 0.9 must not be below the tick at 90.
    """
    return round(100 * min(max(share, 0.0), 1.0), 4)
