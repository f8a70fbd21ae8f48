"""The compared runs beside each other: test accuracy against the first, and the options that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from explorer.runs.against import Against
from explorer.runs.folder import RunFolder
from explorer.runs.summary import Listed
from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Choice
from explorer.ui.views.overlay import FRONT, HOW_TO_MARK, NO_RUNS
from explorer.ui.views.versus_lines import GAP, Fitted, fitted
from explorer.ui.views.view import About, View
from explorer.ui.widgets.line import Line, cut
from explorer.ui.widgets.palette import hex_of, run_colours

MARK: Final = "━━ "
"""What has a run's colour."""


class Versus(View):
    """A line for each run; the cursor is the one in front."""

    about = About(
        title="table",
        tip="the marked runs: test accuracy, and the options that differ",
        help=(
            "A line for each run that is marked in the list of runs, in the order in which they were marked. "
            "Δ is how far its test accuracy is from that of the first, the baseline, in percentage points. "
            "Only the options that differ are shown; all others are the same. Enter, or a click, opens a "
            "run: then all other pages show it."
        ),
        keys=(FRONT, Hint("enter", "table: open the run; also a click", "Open", 5)),
        smallest=(30, 3),
        export="metrics",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "front(-1)", "Run before", show=False),
        Binding("down,j", "front(1)", "Next run", show=False),
        Binding("enter", "open", "Open", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"versus--dim", "versus--strong", "versus--cursor"}

    class OpenWanted(Message):
        """A run should be the one on the screen."""

        def __init__(self, folder: RunFolder) -> None:
            """Carry the run."""
            super().__init__()
            self.folder = folder

    throttled = True
    _known: Sequence[Listed] | None = None  # before anything was told
    """What is known of the runs at a glance, in no order."""

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Show the runs that are compared."""
        super().__init__(choice, id=id)
        choice.compared.observe(self.repaint)

    def tell(self, runs: Sequence[Listed]) -> None:
        """Note what is known of the runs by now; it is painted as there is time for it."""
        self._known = runs

    def catch_up(self) -> None:
        """Show what is known by now."""
        self.repaint()

    def clear(self, notice: str) -> None:
        """Stay: the runs are compared whichever is open."""

    def watch_has_focus(self, has_focus: bool) -> None:
        """Paint the cursor as one that the keys move, or don't."""
        super().watch_has_focus(has_focus)
        self.repaint()

    # Keys

    def action_front(self, by: int) -> None:
        """Bring the run before, or the next one, to the front."""
        compared = self._choice.compared
        compared.bring(compared.at + by)

    def action_open(self) -> None:
        """Open the run in front."""
        if (front := self._choice.compared.front) is not None:
            self.post_message(self.OpenWanted(front))

    def on_click(self, event: Click) -> None:
        """Open the run under the mouse."""
        offset, shown = event.get_content_offset(self), self._shown
        at = self._first(len(shown), self.size.height) + offset.y - 1 if offset else -1
        if offset and offset.y and 0 <= at < len(shown) and offset.y - 1 < self._room(self.size.height):
            self._choice.compared.bring(shown[at])
            self.action_open()

    # What is painted

    @property
    def _shown(self) -> list[int]:
        """The compared runs of which something is known, by their places."""
        known = {run.folder.path for run in self._known or ()}
        return [at for at, run in enumerate(self._choice.compared.runs) if run.path in known]

    @staticmethod
    def _room(height: int) -> int:
        """How many runs there is room for."""
        return max(1, height - 2)

    def _first(self, count: int, height: int) -> int:
        """The first run that is shown: where not all fit, those up to the cursor."""
        at = sum(place < self._choice.compared.at for place in self._shown)
        return max(0, min(at - self._room(height) + 1, count - 1)) if count > self._room(height) else 0

    def picture(self, width: int, height: int) -> list[Strip]:
        """The headings, a line for each run, and what isn't in the table."""
        dim, compared = self.tone("versus--dim"), self._choice.compared
        if not compared.runs:
            return self.said(width, dim, NO_RUNS)
        shown, known = self._shown, {run.folder.path: run for run in self._known or ()}
        if not shown:
            return self.said(width, dim, "reading …" if self._known is None else HOW_TO_MARK)
        against = Against.of([known[compared.runs[at].path] for at in shown])
        table = fitted(against, width - 2 - len(MARK))
        first = self._first(len(shown), height)
        blank = " " * (2 + len(MARK))
        lines = [Line().add(blank).add((" " * GAP).join(table.head()), dim)]
        colours = run_colours(self.dark)
        for row in range(first, min(len(shown), first + self._room(height))):
            at = shown[row]
            lines.append(self._line(table, row, at, Style(color=hex_of(colours[compared.colours[at]]))))
        lines += [Line()] if len(lines) + 1 < height else []
        lines.append(Line().add(cut(f"  {self._note(against, table)}", width), dim))
        return [line.strip(width) for line in lines]

    def _line(self, table: Fitted, row: int, at: int, colour: Style) -> Line:
        """One run."""
        front = at == self._choice.compared.at
        line = Line().add("▐" if front else " ", self.tone("versus--cursor")).add(" ").add(MARK, colour)
        text = (" " * GAP).join(table.row(row))
        return line.add(text, self.tone("versus--strong")) if front else line.add(text)

    def _note(self, against: Against, table: Fitted) -> str:
        """What isn't in the table."""
        compared = self._choice.compared
        if len(compared.runs) < 2:
            return HOW_TO_MARK
        parts = ["Δ in points"]
        if any(row.away is not None and not row.alike for row in against.rows):
            parts[0] += ", ≈ of fewer samples"
        if compared.left_out:
            shown = len(compared.runs)
            parts.append(f"{shown} of {shown + compared.left_out:,} marked shown")
        if table.left_out:
            one = table.left_out == 1
            parts.append("1 more option differs" if one else f"{table.left_out} more options differ")
        else:
            parts.append("all other options are the same" if against.names else "all options are the same")
        return "; ".join(parts)
