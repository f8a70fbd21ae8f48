"""How to read the active view, and every key."""

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

from explorer.ui.screens.dialog import Dialog, Scroll
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.keys import INSIDE, KEYS, NAMED
from explorer.ui.screens.view_grid import FIRST
from explorer.ui.views.table import view_class

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
        self._view = FIRST
        self._text = Static(_read(FIRST), id="help-text")
        groups: list[Group] = [
            (purpose, [(key.shown, key.tip) for key in keys]) for purpose, keys in KEYS.items()
        ]
        views = [(about.title, about.tip) for _, about in NAMED]
        left, right = halves([*groups, ("On the pages", views), ("More", INSIDE)])
        keys = Container(Static(_table(left)), Static(_table(right)), id="help-keys")
        self._page = Scroll(self._text, keys, id="help")

    def on_screen_resume(self) -> None:
        """Begin at the top, with the view that is active now: the page is kept while it is closed."""
        main = self.app.screen_stack[0]
        if isinstance(main, Explore) and main.views.active != self._view:
            self._view = main.views.active
            self._text.update(_read(self._view))
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


def _read(view: str) -> Text:
    """How to read a view, in its own words."""
    about = view_class(view).about
    text = Text(about.help)
    if about.equation:
        text.append(f"\n\n{about.equation}", "bold")
    return text


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
