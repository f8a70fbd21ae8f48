"""How well the test set is read under the usual changes: a table of accuracies, asked for by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.reactive import var
from textual.strip import Strip

from explorer.protocol.questions import Selection
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Chosen
from explorer.ui.views.evaluations import Evaluations
from explorer.ui.views.usual_rows import Row, Rows, Usual, known
from explorer.ui.views.view import About, View
from explorer.ui.views.wishes import AllWanted, Changed, Said, Unwanted
from explorer.ui.widgets.line import PLAIN, Line, cut

SETTLED: Final = "all of these are evaluated already, and their weights don't change"
"""What is said where evaluating again would find the same."""
NARROWEST: Final = 8
"""Columns of a bar at least: with fewer, there is none."""


class UsualChanges(View):
    """A line for each change, with the accuracy on the test set under it; the cursor is one of them."""

    about = About(
        title="usual ones",
        tip="the test set under the usual changes",
        help=(
            "How well the whole test set is read as trained, with each gate held at 1 and at 0, and with the "
            "memory wiped before a quarter, the half and three quarters of a sequence. E evaluates all of "
            "them, in the background, one after the other. Beside a training they are of the weights that "
            "were kept last, so that all of them are of the same. Enter has the sample read so."
        ),
        keys=(
            Hint("↑ ↓", "usual ones: which change", "Change", 4),
            Hint("enter", "usual ones: read the sample so", "Read so", 5),
            Hint("E", "usual ones: evaluate all; again, or esc: don't", "Evaluate", 5),
        ),
        smallest=(40, 5),
        export="evaluation",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("enter", "pick", "Read so", show=False),
        Binding("E", "evaluate", "Evaluate", show=False),
        Binding("escape", "give_up", "Don't evaluate", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"usual--{tone}" for tone in ("dim", "cursor", "changed", "right")
    }

    notice = "nothing to evaluate yet"
    row: var[int] = var(0)
    """The change under the cursor, from 0."""
    _snapshot: Snapshot = NO_RUN
    _kept: int | None = None
    """The step of the weights that all are asked of beside a training; None: those of now."""

    def __init__(self, *arguments: object, **more: object) -> None:
        """Start with nothing known."""
        super().__init__(*arguments, **more)  # type: ignore[arg-type]
        self._look_up: Callable[[Selection], Evaluations] = Evaluations

    def note(self, snapshot: Snapshot) -> None:
        """Note how far the run is."""
        self._snapshot = snapshot

    def catch_up(self) -> None:
        """Show what is known of the run by now."""
        self.repaint()

    def tabulate(self, look_up: Callable[[Selection], Evaluations]) -> None:
        """Show what is known under each change."""
        self._look_up = look_up
        self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing: another run is opened, or there is none."""
        self._snapshot, self._kept, self._look_up = NO_RUN, None, Evaluations
        super().clear("nothing to evaluate yet")

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Mark the change that is chosen now."""
        if before.selection != now.selection:
            self.repaint()

    @property
    def rows(self) -> Rows:
        """The changes, and what is known of each."""
        chosen = self.chosen.selection.moment
        return known(self._snapshot, self._kept if chosen is None else chosen, self._look_up)

    # Keys

    def watch_row(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Paint the cursor as one that the keys move, or don't."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.row = max(0, min(len(self.rows.all) - 1, self.row + by))

    def action_pick(self) -> None:
        """Have the sample read under the change."""
        if rows := self.rows.all:
            self.post_message(Changed(rows[self._at(rows)].usual.intervention))

    def action_evaluate(self) -> None:
        """Have the test set evaluated under all of them; while it is, no longer."""
        if self.rows.waiting:
            self.action_give_up()
            return
        kept = [step for step in self._snapshot.moments if step]
        self._kept = kept[-1] if self._snapshot.live and kept else None
        rows = self.rows
        if rows.settled:
            self.post_message(Said(SETTLED))
        elif rows.all:
            self.post_message(AllWanted([row.about for row in rows.all]))
        self.repaint()

    def action_give_up(self) -> None:
        """Have nothing evaluated any more."""
        self.post_message(Unwanted())

    def on_click(self, event: Click) -> None:
        """Put the cursor on the line under the mouse; a second click has the sample read so."""
        offset, rows = event.get_content_offset(self), self.rows.all
        row = self._first(rows, self.size.height) + offset.y - 1 if offset else -1
        if offset and offset.y and row < len(rows):
            if row == self._at(rows):
                self.action_pick()
            self.row = row

    def _at(self, rows: Sequence[Row]) -> int:
        """The place of the cursor."""
        return min(self.row, len(rows) - 1)

    def _first(self, rows: Sequence[Row], height: int) -> int:
        """The first row that is shown: where not all fit, those up to the cursor."""
        return max(0, self._at(rows) - (height - 3))

    # What is painted

    def picture(self, width: int, height: int) -> list[Strip]:
        """What it is about, a line for each change, and what can be done."""
        dim, rows = self.tone("usual--dim"), self.rows
        if not rows.all:
            return self.said(width, dim)
        wide = min(max(cell_len(row.named) for row in rows.all), width - 14)
        first = self._first(rows.all, height)
        shown = range(first, min(len(rows.all), first + height - 2))
        lines = [Line().add(f"  {cut(_heading(rows), width - 2)}", dim)]
        lines += [self._line(rows, number, wide, width) for number in shown]
        lines += [Line()] if len(lines) + 1 < height else []
        lines.append(Line().add(f"  {cut(self._hint(rows), width - 2)}", dim))
        return [line.strip(width) for line in lines]

    def _line(self, rows: Rows, number: int, wide: int, width: int) -> Line:
        """One change: its name, and the accuracy under it, as a bar and in percent."""
        row = rows.all[number]
        found, dim, tone = row.found, self.tone("usual--dim"), self._tone(row.usual)
        mark = "▐" if number == self._at(rows.all) else " "
        line = Line().add(mark, self.tone("usual--cursor")).add(" ")
        line.add(cut(row.named, wide), tone).to(wide + 4)
        if row.progress is not None:
            return line.add(f"evaluating: {row.progress:.0%}" if row.progress else "…", dim)
        if found is None:
            return line.add("–", dim)
        text = f"{found.accuracy:7.2%}" + (f"  step {found.step:,}" if len(rows.steps) > 1 else "")
        bar = width - line.width - cell_len(text) - 2
        if bar >= NARROWEST:
            filled = round(bar * found.accuracy)
            line.add("━" * filled, tone).add("─" * (bar - filled), dim).add("  ")
        return line.add(text, tone)

    def _tone(self, usual: Usual) -> Style:
        """How a row is written: the one that is chosen stands out, and so does the network as it is."""
        if usual.intervention and usual.intervention == self.chosen.selection.intervention:
            return self.tone("usual--changed")
        return PLAIN if usual.intervention else self.tone("usual--right")

    def _hint(self, rows: Rows) -> str:
        """What is being done, or can be."""
        if rows.waiting:
            count = len(rows.all)
            return f"evaluating: {count - rows.waiting + 1} of {count}   esc: don't"
        if all(row.found for row in rows.all):
            return "enter: read the sample so"
        return "E: evaluate all" + (" by the weights kept last" if self._snapshot.live else " of these")


def _heading(rows: Rows) -> str:
    """What the numbers are about."""
    samples = next((row.found.samples for row in rows.all if row.found), None)
    about = "the test set" if samples is None else f"all {samples:,} test samples"
    return f"{about} · weights of step {min(rows.steps):,}" if len(rows.steps) == 1 else about
