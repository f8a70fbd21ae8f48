"""The last messages, whole: the line above the keys shows only the newest, and only for a while."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from explorer.system.text import printable
from explorer.ui.screens.dialog import Dialog, hint
from explorer.ui.widgets.message_line import Notice


class Messages(Dialog[None]):
    """A page to read, the newest message first; escape, !, q and enter close it."""

    BINDINGS = [("exclamation_mark,q,enter", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def __init__(self, said: Iterable[tuple[float, Notice]], remark: Notice | None) -> None:
        """Show messages, each with its time, and what holds at the moment."""
        super().__init__()
        self._said = [*said]
        self._remark = remark

    def compose(self) -> ComposeResult:
        """What holds now, then each message with its time."""
        table = Table.grid(padding=(0, 2))
        if self._remark is not None:
            table.add_row(Text("now", style="bold"), Text(printable(self._remark.text)))
        for moment, notice in reversed(self._said):
            when = time.strftime("%H:%M:%S", time.localtime(moment))
            table.add_row(Text(when, style="dim"), Text(printable(notice.text)))
        if not table.row_count:
            table.add_row(Text("nothing has been said yet"))
        with Vertical(id="box") as box:
            box.border_title = "messages"
            with VerticalScroll(id="help"):
                yield Static(table)
            yield hint()
