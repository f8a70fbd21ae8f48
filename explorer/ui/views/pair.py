"""One sample through two runs: the one that is open and another, side by side, and the difference."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from explorer.protocol.questions import Answer
from explorer.runs.snapshot import Snapshot
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views.both_ways import BothWays
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.comparison import Comparison
from explorer.ui.views.comparison_layout import Layout
from explorer.ui.views.comparison_maps import Title
from explorer.ui.views.heatmap import STEADIER, STEADY
from explorer.ui.views.pair_sides import Side, another, anytime
from explorer.ui.views.view import WAITING, About
from explorer.ui.widgets.line import wrapped

HOW: Final = "no other run is chosen: r lists the runs, space marks one there, escape leads back"
"""What stands in the place of the other run while there is none."""
PATIENCE: Final = 0.5
"""Seconds for which one side waits for the other, so that both are painted in one go."""


class Pair(BothWays):
    """One sample, read by the open run and by another one."""

    about = About(
        title="two runs",
        tip="one sample through two runs, the difference",
        help=(
            "The sample as the open run reads it (left) and as another one does, the run in front, or where "
            "that is the open one, the first of the others: belief (a column a class) and one activation (v "
            "shows another; a cell that hasn't it shows its memory), on the same lines. At the right is the "
            "difference, right − left, where both have that activation and as many units: orange where the "
            "right one has more, blue where it has less. Unit 7 of one run is unit 7 of another only if "
            "both began with the same weights (the same seed); an order (o) is that of the open run's units. "
            "A change (i) holds for both, an earlier moment (<) for the open run alone: the last line says "
            "of which step the weights are."
        ),
        equation="difference(t) = right(t) − left(t)",
        keys=(
            Hint("↑ ↓", "two runs: the timestep", "Timestep", 4),
            Hint("← →", "two runs: the unit", "Unit", 5),
            Hint("v", "two runs: another activation", "Map", 8, reaches=True),
            Hint("PgUp PgDn", "two runs: the units before and after"),
        ),
        first=("r",),
        shows_sample=True,
        shows_class=True,
        smallest=(48, 8),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "turn_map", "Another activation", show=False),
    ]
    between = " | "

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with nothing to show."""
        super().__init__(choice, id=id)
        self.own, self.other = Side(why=WAITING), Side(why=HOW)
        """The open run's, and the other's; the snapshot of that is `NO_RUN` while there is none."""
        self._since = 0.0  # when something else was chosen
        self._waits = False  # one side for the other; what was shown before stays
        self._another = ""  # why the two samples can't be compared

    # What comes

    def note(self, snapshot: Snapshot) -> None:
        """Note the open run."""
        self._note(self.own, snapshot)

    def expect_other(self, run: bool) -> None:
        """Wait for what another run says; or, if there is no other `run`, say how to choose one."""
        self.other = Side(why=WAITING if run else HOW)
        self.comparison = Comparison(self.own.way, None) if self.own.way else None
        self.repaint()

    def note_other(self, snapshot: Snapshot) -> None:
        """Note the other run, as it was last read."""
        self._note(self.other, snapshot)

    def _note(self, side: Side, snapshot: Snapshot) -> None:
        """Note a run; what it is called stands above what it reads."""
        before, side.snapshot = side.snapshot, snapshot
        if (before.run, before.config) != (snapshot.run, snapshot.config):
            self.repaint()

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show what the open run has read; while learning, what has hardly moved stays as it is."""
        self.own.take(answers, learning, STEADIER if sparing else STEADY)
        self.notice = ""
        self._settle()
        self.order_by(answers)

    def take_other(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show what the other run has read; as `take`.

        Raises:
            ValueError: the answers aren't what their questions promise.
        """
        self.other.take(answers, learning, STEADIER if sparing else STEADY)
        self._settle()

    def miss(self, notice: str) -> None:
        """Say why the open run has nothing newer; the other side stays."""
        self.own.why = printable(notice)
        self._settle()
        super().miss(notice)

    def miss_other(self, reason: str) -> None:
        """Say why the other run has nothing newer; the open run's side stays."""
        why = printable(reason)
        if self.other.why != why:
            self.other.why = why
            self._settle()

    def clear(self, notice: str) -> None:
        """Show nothing of the open run but the reason: another one is opened, or there is none."""
        self.comparison, self.own = None, Side(self.own.snapshot, why=printable(notice))
        super().clear(notice)

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Wait for both sides, once something else is chosen."""
        if anytime(before.selection) != anytime(now.selection):
            self._since = time.monotonic()
            for side in (self.own, self.other):
                side.hear_again()
            self._settle()
        super().follow(before, now)

    def catch_up(self) -> None:
        """Show one side alone that has waited too long for the other."""
        if self._waits and self._overdue:
            self._settle()

    # Which sides are shown

    @property
    def _overdue(self) -> bool:
        """Whether one side has waited long enough."""
        return time.monotonic() - self._since > PATIENCE

    def _settle(self) -> None:
        """Show both sides, or one and why the other has nothing; until then, what was shown stays."""
        chosen = self.chosen.selection
        own, other = self.own.about(chosen), self.other.about(chosen)
        waits = not (own or self.own.why) or not (other or self.other.why)
        self._waits = waits and self.comparison is not None and not self._overdue
        if self._waits or not (own or other):
            return
        self._another = another(own, other) if own and other else ""
        before = self.comparison if self.own.learning or self.other.learning else None
        self.comparison = Comparison(own, None if self._another else other, before)
        self.repaint()

    # What is painted

    @property
    def remark(self) -> str:
        """Why a side that is shown has nothing newer."""
        first, second = (self.comparison.first, self.comparison.second) if self.comparison else (None, None)
        name = printable(self.other.snapshot.run)
        said = (first and self.notice, second and self.other.why and f"{name}: {self.other.why}")
        return " · ".join(one for one in said if one)

    @property
    def titles(self) -> Mapping[int, Title]:
        """The runs' names, with their cells."""
        return {place: side.title for place, side in enumerate((self.own, self.other)) if side.snapshot.run}

    def instead(self, layout: Layout) -> Mapping[int, Sequence[tuple[str, str]]]:
        """Why a side has read nothing."""
        assert self.comparison is not None
        own, other = self.own.why or WAITING, self._another or self.other.why or WAITING
        rooms = {0: (own, layout.belief + 1 + layout.room), 1: (other, layout.width - layout.left(1))}
        return {place: [("", line) for line in wrapped(*said)] for place, said in rooms.items()}
