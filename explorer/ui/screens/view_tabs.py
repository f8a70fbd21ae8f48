"""Tabs for the three views, where only one fits."""

from __future__ import annotations

from typing import ClassVar

from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted

VIEWS = ("curves", "gates", "confusion")
"""The ids of the views, in the order of their keys 1, 2, 3."""


class ViewTabs(Painted):
    """One line with a tab for each view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--on", "tabs--off"}

    active: var[str] = var("gates")
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
            line.add(f" {number} {view.capitalize()} ", style).add(" ")
        return [line.strip(width)]

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        left = 0
        for number, view in enumerate(VIEWS, start=1):
            right = left + len(f" {number} {view} ")
            if left <= event.x < right:
                self.post_message(self.Chosen(view))
            left = right + 1
