"""Every key, and how to read the heatmaps."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from explorer.ui.base.keys import INSIDE, KEYS
from explorer.ui.screens.dialog import Dialog

TEXT = (
    "The network reads a sample one timestep at a time: a digit of MNIST from the top, one row of 28 pixels "
    "per timestep. Time runs downward: line t of a heatmap shows the units just after row t of the digit "
    "beside it was read. Gates (i f o, r z) lie between 0 and 1; g, n and h between -1 and 1; the memory c "
    "is unbounded, its scale is shown below it. A GRU's z near 1 means keep."
)


class Help(Dialog[None]):
    """A page to read; escape, ?, f1, q and enter close it."""

    BINDINGS = [("question_mark,f1,q,enter", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def on_screen_resume(self) -> None:
        """Begin at the top: the page is kept while it is closed."""
        self.query_one("#help").scroll_home(animate=False)

    def compose(self) -> ComposeResult:
        """The keys in two columns, then the text."""
        table = Table.grid(padding=(0, 2))
        for purpose, keys in KEYS.items():
            table.add_row(Text(purpose, style="bold underline"), "")
            for key in keys:
                table.add_row(Text(key.shown, style="bold"), key.tip)
            for shown, tip in INSIDE if purpose == "Views" else ():
                table.add_row(Text(shown, style="bold"), tip)
        with Vertical(id="box") as box:
            box.border_title = "help"
            with VerticalScroll(id="help"):
                yield Static(table)
                yield Label("")
                yield Static(Text(TEXT))
            yield Label("esc: close", classes="hint")
