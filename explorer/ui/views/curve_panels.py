"""The table of plots: which numbers each shows, and on which vertical axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from explorer.runs.history import History
from explorer.runs.series import Series
from explorer.ui.views.look import Axis

Scale = Literal["linear", "log", "percent", "error"]
"""A vertical axis: the number, its common logarithm, a share in percent, or what it lacks to 100 %, as the
common logarithm of percents."""
_MOST: Final = 1e38
"""float32 goes no further, and no axis does."""
FARTHEST: Final[Mapping[Scale, tuple[float, float]]] = {
    "linear": (-_MOST, _MOST),
    "log": (-45.0, 38.0),
    "percent": (0.0, 100.0),
    "error": (-45.0, 2.0),
}
"""Where the numbers of each vertical axis can be."""


class Panel(NamedTuple):
    """A plot."""

    names: tuple[str, ...]
    """What it shows, the longest name first."""
    series: str
    """Its series in `History.train` and `History.test`, or in each of `History.updates`."""
    own: Scale
    """The axis that suits it."""
    log: Scale = "log"
    linear: Scale = "linear"

    def scale(self, axis: Axis) -> Scale:
        """Its axis."""
        return {"own": self.own, "log": self.log, "linear": self.linear}[axis]

    def titles(self, axis: Axis) -> list[str]:
        """Its name with its axis, the longest first."""
        scale = self.scale(axis)
        if scale == "error":
            return ["error % (log)", "error %", "err."]
        if scale == "percent":
            return [*(f"{name} %" for name in self.names), "%"]
        return [f"{self.names[0]} (log)", *self.names] if scale == "log" else [*self.names]

    def lines(self, history: History) -> Sequence[tuple[str, Series]]:
        """Its lines, each with its name."""
        if self.series in history.train:
            return [("train", history.train[self.series])]
        return [(name, columns[self.series]) for name, columns in history.updates.items()]

    def tested(self, history: History) -> Series | None:
        """What the test set says of it; None: nothing."""
        if self.series not in history.test:
            return None
        return history.test[self.series]


PANELS: Final[Mapping[str, Panel]] = {
    "loss": Panel(("loss",), "loss", "log"),
    "accuracy": Panel(("accuracy", "acc."), "accuracy", "percent", log="error", linear="percent"),
    "gradient": Panel(("gradient norm", "gradient"), "gradient_norm", "log"),
    "rate": Panel(("learning rate", "rate"), "learning_rate", "linear"),
    "speed": Panel(("samples/s",), "samples_per_second", "linear"),
    "update": Panel(("update/weight", "update"), "update", "log"),
}
"""The plots by their names."""


def name_of(panel: Panel) -> str:
    """The name of a plot in the table."""
    return next(name for name, one in PANELS.items() if one is panel)


def converter(scale: Scale) -> Callable[[float], float]:
    """What turns a value into its place on an axis; NaN where the axis has none for it.

    Percents are rounded, because a series keeps seven digits: 0.9 must not be below the tick at 90.
    """
    return {"linear": _linear, "log": _log, "percent": _percent, "error": _error}[scale]


def _linear(value: float) -> float:
    return max(-_MOST, min(value, _MOST))


def _log(value: float) -> float:
    return math.log10(min(value, _MOST)) if value > 0 else math.nan


def _percent(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 4)


def _error(share: float) -> float:
    return _log(round(100 - 100 * max(share, 0.0), 5))
