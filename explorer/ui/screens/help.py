"""Every key, and what the pictures mean."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from explorer.ui.screens.dialog import Dialog

KEYS = (
    ("Training", ""),
    ("n", "new run: a form with every option"),
    ("p", "pause, or go on"),
    ("s", "stop; everything so far is kept"),
    ("+  -", "learning rate up or down, on top of its schedule"),
    ("c", "switch cell: the newest run of another cell, or a new one"),
    ("r", "switch run"),
    ("Looking", ""),
    ("1 2 3", "curves, gates, confusion; tab goes round"),
    ("z", "enlarge the view, and back"),
    ("] [", "next, previous test digit"),
    ("g", "test digit by its number"),
    ("x", "a random test digit"),
    ("m", "next misread test digit"),
    ("↑ ↓ ← →", "gates: timestep and unit; confusion: the cell"),
    ("u", "gates: single units, or all units, several to a column"),
    ("enter", "confusion: show a digit of this cell"),
    ("Else", ""),
    ("e", "export the graph as a picture"),
    ("t", "dark or light; ctrl+p has all themes"),
    ("ctrl+p", "every command by name"),
    ("q", "quit; a training goes on unless you say otherwise"),
)

TEXT = (
    "The network reads a digit from the top, one row of 28 pixels at a time. Time runs downward: row t of "
    "a heatmap is what the units do just after row t of the digit beside it was read. Gates (i f o, r z) "
    "lie between 0 and 1; g, n and h between -1 and 1; the memory c has no bounds, its scale is below it. "
    "A GRU's z near 1 means keep."
)


class Help(Dialog[None]):
    """A page to read; any of escape, ? and q closes it."""

    BINDINGS = [("question_mark,f1,q,enter", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def compose(self) -> ComposeResult:
        """The keys in two columns, then the text."""
        table = Table.grid(padding=(0, 2))
        for key, what in KEYS:
            if what:
                table.add_row(Text(key, style="bold"), what)
            else:
                table.add_row(Text(key, style="bold underline"), "")
        with Vertical(id="box") as box:
            box.border_title = "help"
            with VerticalScroll(id="help"):
                yield Static(table)
                yield Label("")
                yield Static(Text(TEXT))
            yield Label("escape closes", classes="hint")
