"""Several runs on one horizontal axis: which goes furthest, and where its steps are for the others."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from explorer.runs.decimate import Window
from explorer.runs.history import History
from explorer.runs.over import Over, place, places
from explorer.ui.base.oklab import Rgb
from explorer.ui.views.curve_points import extent_of
from explorer.ui.views.look import Extent, Look
from explorer.ui.views.plots import Canvas


class OverlaidRun(NamedTuple):
    """A run, as it was read so far."""

    path: Path
    """Its folder."""
    history: History


@dataclass(frozen=True)
class OverlayCanvas:
    """What several runs are drawn on, and how."""

    canvas: Canvas
    """The steps in its look are those of the run that goes furthest: see `Overlaid.reference`."""
    colours: tuple[tuple[Path, Rgb], ...]
    """The runs' folders and colours, in the order in which the runs are named."""
    front: int
    """Which of them is in front."""

    @property
    def still(self) -> OverlayCanvas:
        """The same with a cursor anywhere and any run in front: each run's curves are the same."""
        return OverlayCanvas(self.canvas.still, self.colours, 0)


@dataclass(frozen=True)
class Overlaid:
    """Runs on one horizontal axis; at least one."""

    runs: tuple[OverlaidRun, ...]

    @property
    def events(self) -> tuple[tuple[int, int], ...]:
        """What tells whether anything is new."""
        return tuple((id(run.history), run.history.events) for run in self.runs)

    def reference(self, over: Over) -> History:
        """The run that goes furthest on an axis: the steps of the cursor and of the window are its own."""
        found = (run.history for run in self.runs)
        return max(found, key=lambda one: place(one, over, one.steps_done))

    def extent(self, over: Over) -> Extent:
        """How far they go, in steps of the reference."""
        reference = self.reference(over)
        newest, edge = extent_of(reference)
        ends = ((run.history, extent_of(run.history).edge) for run in self.runs)
        last = max(place(history, over, end) for history, end in ends)
        return Extent(
            newest, edge if place(reference, over, edge) >= last else _step_at(reference, over, last)
        )

    def window(self, look: Look, columns: int) -> Window:
        """What a plot of so many columns shows of the axis."""
        reference, (first, last) = self.reference(look.over), look.window(self.extent(look.over))
        first, last = place(reference, look.over, first), place(reference, look.over, last)
        return Window(first, last if last > first else first + 1.0, columns)

    def place(self, over: Over, step: float) -> float:
        """Where a step of the reference is on the axis."""
        return place(self.reference(over), over, step)

    def steps_at(self, over: Over, step: int) -> list[int]:
        """Of each run, the step that is where one of the reference's is: the newest that isn't beyond it."""
        if over == "steps":
            return [step] * len(self.runs)
        x, found = self.place(over, step), list[int]()
        for history in (run.history for run in self.runs):
            at = bisect_right(places(history, over, history.train.steps), x)
            found.append(int(history.train.steps[at - 1]) if at else 0)
        return found


def _step_at(history: History, over: Over, x: float) -> float:
    """The step beyond a run's newest that is at a place on the axis."""
    step = float(max(history.steps_done, 1))
    return x * step / (place(history, over, step) or 1.0) * (1 + 1e-12)  # never short of it by rounding
