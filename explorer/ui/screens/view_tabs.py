"""Tabs for the views, where only one fits."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted

FIRST: Final = "gates"
"""The view that is active at first."""


class ViewTabs(Painted):
    """One line with a tab for each view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--on", "tabs--off"}

    active: var[str] = var(FIRST)
    """The view that is shown."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, view: str) -> None:
            """Carry the view's id."""
            super().__init__()
            self.view = view

    def watch_active(self) -> None:
        """Paint the other tab as the active one."""
        self.repaint()

    def paint(self, width: int, height: int) -> list[Strip]:
        """The tabs."""
        line = Line()
        for number, view in enumerate(VIEWS, start=1):
            style = self.get_component_rich_style("tabs--on" if view == self.active else "tabs--off")
            line.add(f" {number} {view_class(view).about.title.capitalize()} ", style).add(" ")
        return [line.strip(width)]

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        left = 0
        for number, view in enumerate(VIEWS, start=1):
            right = left + len(f" {number} {view_class(view).about.title} ")
            if left <= event.x < right:
                self.post_message(self.Chosen(view))
            left = right + 1
