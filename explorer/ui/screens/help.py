"""How to read the heatmaps, and every key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.widgets import Static

from explorer.ui.base.keys import INSIDE, KEYS
from explorer.ui.screens.dialog import Dialog, Scroll

TEXT: Final = (
    "The network reads a sample one timestep at a time: a digit of MNIST from the top, one row of 28 pixels "
    "per timestep. Time runs downward: line t of a heatmap shows the units just after row t of the digit "
    "beside it was read. Gates (i f o, r z) lie between 0 and 1; g, n and h between -1 and 1; the memory c "
    "is unbounded, its scale is shown below it. A GRU's z near 1 means keep."
)
WIDE: Final = 100
"""The fewest columns in which the keys are shown in two columns."""

Group = tuple[str, Sequence[tuple[str, str]]]
"""A purpose, and its keys, each with what it does."""


class Help(Dialog[None]):
    """A page to read; escape, ?, f1, q and enter close it."""

    BINDINGS: ClassVar[list[BindingType]] = [("question_mark,f1,q,enter", "leave", "Close")]

    def __init__(self) -> None:
        """The text, and the keys in two halves."""
        super().__init__()
        groups: list[Group] = [
            (purpose, [(key.shown, key.tip) for key in keys]) for purpose, keys in KEYS.items()
        ]
        left, right = halves([*groups, ("More", INSIDE)])
        keys = Container(Static(_table(left)), Static(_table(right)), id="help-keys")
        self._page = Scroll(Static(Text(TEXT), id="help-text"), keys, id="help")

    def on_screen_resume(self) -> None:
        """Begin at the top: the page is kept while it is closed."""
        self._arrange()
        self._page.scroll_home(animate=False)

    def on_resize(self, event: Resize) -> None:
        """Use the width that there is now."""
        self._arrange()

    def _arrange(self) -> None:
        """Show the keys in one column or in two."""
        self.set_class(self.app.size.width >= WIDE, "-wide")

    def compose(self) -> ComposeResult:
        """The text, the keys, and how to close the page."""
        with Vertical(id="box") as box:
            box.border_title = "help"
            box.border_subtitle = "↑ ↓: scroll · esc: close"
            yield self._page


def halves(groups: Sequence[Group]) -> tuple[Sequence[Group], Sequence[Group]]:
    """The groups in two columns of about the same height, in their order."""
    heights = [len(keys) + 2 for _, keys in groups]
    split = min(range(len(groups) + 1), key=lambda at: abs(sum(heights[:at]) - sum(heights[at:])))
    return groups[:split], groups[split:]


def _table(groups: Sequence[Group]) -> Table:
    """The keys of some groups, a line each; the groups are separated by empty lines."""
    table = Table.grid(padding=(0, 2))
    for purpose, keys in groups:
        if table.rows:
            table.add_row("", "")
        table.add_row(Text.assemble((purpose, "bold underline")), "")
        for shown, tip in keys:
            table.add_row(Text(shown, style="bold"), tip)
    return table
