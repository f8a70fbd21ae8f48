"""When the curves are drawn: at once for whoever looks at them otherwise, now and then for new steps."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from explorer.runs.history import History
from explorer.runs.smoothing import SMOOTHING
from explorer.ui.views import plots
from explorer.ui.views.curve_panels import PANELS
from explorer.ui.views.plots import Canvas, Drawing

PLOT_INTERVAL = 2.0
"""Seconds between two drawings of a live run: each sends some 2 KB while a training is young."""


AT_ONCE: Final = 64
"""How many blocks are smoothed before anyone may ask for a drawing: they take 2 ms."""


class Drawn(NamedTuple):
    """A drawing."""

    drawing: Drawing
    asked: bool
    """Whether it is for another canvas than the one before: a person may wait for it."""


class CurveDrawer:
    """Draws the curves of one run, for the thread that follows it."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self.canvas: Canvas | None = None
        """What to draw on; None: the curves are hidden."""
        self._drawn: tuple[Canvas, int] | None = None
        self._drawn_at = 0.0
        self._still: tuple[Canvas, int, Drawing] | None = None  # without a cursor

    def forget(self) -> None:
        """Draw all of it the next time: another history begins."""
        self._drawn = self._still = None

    def draw_if_due(self, history: History, live: bool, patience: float) -> Drawn | None:
        """The curves if they have changed: of a live run, at most every `PLOT_INTERVAL` times `patience`."""
        canvas, now = self.canvas, time.monotonic()
        if canvas is None or self._drawn == (canvas, history.events):
            return None
        asked = self._drawn is None or self._drawn[0] != canvas
        if not asked and live and now - self._drawn_at < PLOT_INTERVAL * patience:
            return None
        self._drawn, self._drawn_at = (canvas, history.events), now
        return Drawn(plots.with_cursor(self._draw(history, canvas), history, canvas), asked)

    def prepare(self, history: History) -> bool:
        """Smooth a little of what a key may ask for next; whether there is more to do."""
        if self.canvas is None:
            return False
        look = self.canvas.look
        factors = {*SMOOTHING.values(), look.factor} - {0.0}
        lines = (series for name in look.lines for _, series in PANELS[name].lines(history))
        return any(series.prepare(factor, AT_ONCE) for series in lines for factor in factors)

    def _draw(self, history: History, canvas: Canvas) -> Drawing:
        """The curves without a cursor: those that are drawn already, while only that moves."""
        key = (canvas.still, history.events)
        if self._still is None or self._still[:2] != key:
            self._still = (*key, plots.draw(history, canvas))
        return self._still[2]
