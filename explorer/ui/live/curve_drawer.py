"""When curves are drawn: at once for whoever looks at them otherwise, now and then for new steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from explorer.ui.views.plots import Drawing

PLOT_INTERVAL = 2.0
"""Seconds between two drawings of a live run: each sends some 2 KB while a training is young."""


class _Source(Protocol):
    """What is drawn: a run's history, or several."""

    @property
    def events(self) -> object:
        """What tells whether anything is new."""


class _Canvas(Protocol):
    """What it is drawn on."""

    @property
    def still(self) -> object:
        """The same with a cursor anywhere."""


SourceT = TypeVar("SourceT", bound=_Source)
CanvasT = TypeVar("CanvasT", bound=_Canvas)
StillT = TypeVar("StillT")


class Drawn(NamedTuple):
    """A drawing."""

    drawing: Drawing
    asked: bool
    """Whether it is for another canvas than the one before: a person may wait for it."""


class CurveDrawer(Generic[SourceT, CanvasT, StillT]):
    """Draws curves, for the thread that reads them."""

    def __init__(
        self,
        draw: Callable[[SourceT, CanvasT], StillT],
        finish: Callable[[StillT, SourceT, CanvasT], Drawing],
    ) -> None:
        """Draw nothing yet.

        Args:
            draw: what takes long: everything but the cursor.
            finish: adds the cursor.
        """
        self.canvas: CanvasT | None = None
        """What to draw on; None: the curves are hidden."""
        self._draw, self._finish = draw, finish
        self._drawn: tuple[object, object] | None = None
        self._drawn_at = 0.0
        self._still: tuple[object, object, StillT] | None = None  # without a cursor

    def forget(self) -> None:
        """Draw all of it the next time: another history begins."""
        self._drawn = self._still = None

    def draw_if_due(self, source: SourceT, live: bool, patience: float) -> Drawn | None:
        """The curves if they have changed: of a live run, at most every `PLOT_INTERVAL` times `patience`."""
        canvas, now = self.canvas, time.monotonic()
        if canvas is None or self._drawn == (canvas, source.events):
            return None
        asked = self._drawn is None or self._drawn[0] != canvas
        if not asked and live and now - self._drawn_at < PLOT_INTERVAL * patience:
            return None
        self._drawn, self._drawn_at = (canvas, source.events), now
        return Drawn(self._finish(self._drawn_still(source, canvas), source, canvas), asked)

    def _drawn_still(self, source: SourceT, canvas: CanvasT) -> StillT:
        """The curves without a cursor: those that are drawn already, while only that moves."""
        key = (canvas.still, source.events)
        if self._still is None or self._still[:2] != key:
            self._still = (*key, self._draw(source, canvas))
        return self._still[2]
