"""The list of runs: filter, sort and mark them; open one, see all about it, rename it, delete it."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.widgets import Input

from explorer.system.errors import UsageError
from explorer.ui.screens.dialog import CLOSE
from explorer.ui.screens.run_details import RunDetails
from explorer.ui.screens.run_lines import SORTED
from explorer.ui.screens.run_order import Order, next_column
from explorer.ui.screens.run_rows import RunRows
from explorer.ui.widgets.choice_list import ChoiceList
from explorer.ui.widgets.line import joined

KEYS: Final = (
    *("enter: open", "space: mark", "c: compare", "/: filter", "s S: sort"),
    *("i: details", "R: rename", "D: delete"),
    CLOSE,
)
"""What the keys do."""
_BOX: Final = 4
"""Columns that the box takes from its content: its border, and a blank at each side."""


class RunList(RunRows):
    """Runs, newest first; its answer is the folder of the run to open, or `compare`: the marked ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,right", "details", "Details", show=False),
        Binding("R,f2", "rename", "Rename", show=False),
        Binding("D,delete", "delete", "Delete", show=False),
        Binding("slash", "filter", "Filter", show=False),
        Binding("space", "mark", "Mark", show=False),
        Binding("c", "compare", "Compare", show=False),
        Binding("s", "sort", "Sort", show=False),
        Binding("S", "reverse", "Reverse", show=False),
        Binding("up", "move(-1)", "Up", show=False),  # from the filter's field, too
        Binding("down", "move(1)", "Down", show=False),
    ]

    def on_resize(self, event: Resize) -> None:
        """Name the keys, on as many lines as they take."""
        room = min(event.size.width, 130) - _BOX
        self._keys.update("\n".join(joined(KEYS, " · ", room)))
        self._list.refresh(layout=True)

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen run."""
        self.dismiss(self._runs[message.index].folder.path)

    @on(ChoiceList.Marked)
    def mark_there(self, message: ChoiceList.Marked) -> None:
        """Mark the run that was clicked at."""
        self.action_mark(0)

    @on(ChoiceList.HeadClicked)
    def sort_there(self, message: ChoiceList.HeadClicked) -> None:
        """Sort by the column that was clicked at; again: the other way round."""
        title = self._table.column_at(message.x, message.width)
        if title is not None:
            now = self._listing.order
            self._sort(now.reversed if title == now.title else Order.of(title, SORTED[title]))

    def action_details(self) -> None:
        """Show all about the run under the cursor."""
        run = self.here
        if run is not None:
            self.gate.show(lambda: RunDetails(run))

    def action_mark(self, down: int = 1) -> None:
        """Mark the run under the cursor, or no longer, and go on to the next."""
        if self.here is not None:
            self._listing.mark(self.here.folder.path)
            self._list.action_move(down)
            self._list.repaint()
            self._count()

    def action_compare(self) -> None:
        """Compare the marked runs, or the marked one with the open one, on their page."""
        if self._listing.marked:
            self.dismiss("compare")
        else:
            self.complain("mark runs (space), and c compares them with the first")

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._sort(next_column(self._listing.order, [*SORTED.items()]))

    def action_reverse(self) -> None:
        """Sort by the same column, the other way round."""
        self._sort(self._listing.order.reversed)

    def _sort(self, order: Order) -> None:
        """Show the runs in an order."""
        self._listing.order = order
        self._show()

    def action_move(self, down: int) -> None:
        """Move the cursor while a filter is typed."""
        self._list.action_move(down)

    def action_filter(self) -> None:
        """Type which runs are shown."""
        self._filter.display = True
        self._list.refresh(layout=True)
        self._filter.focus()

    @on(Input.Changed, "#filter")
    def narrow_down(self, message: Input.Changed) -> None:
        """Show the runs that meet what is typed so far; while it makes no sense, say why."""
        try:
            self._listing.narrow(message.value)
        except UsageError as error:
            self.complain(str(error))
        else:
            self.complain("")
            self._show()

    @on(Input.Submitted, "#filter")
    def keep_filter(self) -> None:
        """Go back to the list."""
        self._filter.display = bool(self._filter.text)
        self._list.focus()

    def action_leave(self) -> None:
        """Close the list; while a filter is typed, show all runs again."""
        if self.focused is self._filter:
            self._filter.value = ""
            self.keep_filter()
        else:
            self.dismiss(None)
