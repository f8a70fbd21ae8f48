"""The two sides of a pair: which sample each has read, and why one may have read none. Without a screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from explorer.protocol.questions import Answer, Intervention, Sample, Selection
from explorer.runs.data_files import data_title
from explorer.runs.holds import name_cell
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.system.text import printable, shorten
from explorer.ui.views.comparison_maps import Title
from explorer.ui.views.heatmap import STEADY
from explorer.ui.views.view import WAITING
from explorer.ui.views.way import Way

NAMES: Final = (24, 20, 16, 14, 12, 10, 8)
"""The most characters of a run's name, in the titles from the fullest to the shortest."""


@dataclass
class Side:
    """What one run has read."""

    snapshot: Snapshot = NO_RUN
    """The run as it was last read."""
    way: Way | None = None
    """What it has read last; None: nothing yet."""
    why: str = ""
    """Why there is nothing newer; empty while there is nothing to say."""
    learning: bool = False
    """Whether its weights are changing."""

    @property
    def cell(self) -> str:
        """Its cell, as a person reads it: `LSTM`."""
        return self.snapshot.config.cell.upper()

    def take(self, answers: Mapping[str, Answer], learning: bool, steady: float = STEADY) -> None:
        """Note what it has read; while learning, what has hardly moved stays as it is.

        Raises:
            ValueError: the answers aren't what their questions promise.
        """
        self.way = Way.of(answers, self.way if learning else None, steady, self.cell)
        self.why, self.learning = "", learning

    def hear_again(self) -> None:
        """Forget why there was nothing newer: something else is asked now."""
        if self.snapshot.run:
            self.why = "" if self.way else WAITING

    def about(self, selection: Selection) -> Way | None:
        """What it has read of this, at whichever moment; None: it hasn't."""
        if self.way is None or anytime(self.way.answer.asked) != anytime(selection):
            return None
        return self.way

    @property
    def title(self) -> Title:
        """The run's name and its cell, in several lengths."""
        config, name = self.snapshot.config, printable(self.snapshot.run)
        cell = f"{name_cell(self.cell, config.hold)} {config.hidden}"
        return Title([*dict.fromkeys(f"{shorten(name, room, len)} · {cell}" for room in NAMES)], "title")


def anytime(selection: Selection) -> Selection:
    """A selection without what may differ between the sides: the run, and the moment."""
    return replace(selection, run="", moment=None)


def unlike(own: Snapshot, other: Snapshot, selection: Selection) -> str:
    """Why another run can't read what is chosen, in one line; empty: it can, or its engine says why not.

    Args:
        own: the run that is open.
        other: the other one.
        selection: what is chosen.
    """
    mine, theirs, changed = own.shape, other.shape, selection.intervention
    if mine.inputs != theirs.inputs:
        return f"it reads {theirs.inputs:,} inputs a timestep, not {mine.inputs:,}"
    if why := _lacking(other, changed):
        return f"{why}; w shows both without the change"
    if not isinstance(selection.subject, Sample):
        return ""
    if mine.timesteps != theirs.timesteps:
        return f"its samples have {theirs.timesteps:,} timesteps, not {mine.timesteps:,}"
    data, others = own.config.dataset, other.config.dataset
    if data != others:
        return f"its samples are of {data_title(others)}, not of {data_title(data)}; both read a drawing (d)"
    return ""


def _lacking(run: Snapshot, changed: Intervention) -> str:
    """What a run's cell hasn't of what is changed, in a few words; empty: it has all of it."""
    cell, hidden = run.config.cell.upper(), run.config.hidden
    names = ["", *(one.name for one in run.activations)]
    held, wiped = (
        next((name for name in wanted if name not in names), None)
        for wanted in (changed.hold, (one.state for one in changed.wipe))
    )
    beyond = next((unit for unit in changed.silence if unit >= hidden), None)
    if held:
        return f"the {cell} has no {held} to hold"
    if wiped:
        return f"the {cell} has no {wiped} to wipe"
    return "" if beyond is None else f"it has {hidden:,} units, so none of number {beyond:,} to silence"


def another(own: Way, other: Way) -> str:
    """Why two samples of one number can't be compared, in one line; empty: they are the same numbers."""
    if own.answer.pixels.tobytes() == other.answer.pixels.tobytes():
        return ""
    return f"its {other.answer.name} is another one: the test samples differ"
