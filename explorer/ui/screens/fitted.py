"""Screens that have the terminal's size and no other."""

from __future__ import annotations

from textual.events import Resize
from textual.screen import Screen, ScreenResultType


class Fitted(Screen[ScreenResultType]):
    """A screen that is laid out for the size that the terminal has now.

    After each layout in a new size, Textual 8.2 sends that size to the screen itself, too. Where the terminal
    has changed again meanwhile, two sizes go round for ever, each undoing the other: the program stays busy
    with layouts, and nothing is painted any more. A dialog and what lies below it make that likely.
    """

    def on_resize(self, event: Resize) -> None:
        """Pass over a size that is no longer the terminal's; the one that is comes, too."""
        if event.size != self.app.size:
            event.prevent_default()
