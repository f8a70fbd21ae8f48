"""The three views, all at once or one at a time."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.reactive import var

from explorer.ui.screens.view_tabs import VIEWS, ViewTabs
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.curves import Curves
from explorer.ui.views.gates import Gates

ROOMY: Final = (118, 36)
"""The fewest columns and rows, without status and key line, on which all three views are shown at once."""


class ViewGrid(Container):
    """Curves, gates and confusion matrix; the active one has the focus, and is the one that is enlarged."""

    enlarged: var[bool] = var(False)
    """Whether one view fills the screen although all would fit."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.curves = Curves(id="curves", classes="view")
        self.confusion = Confusion(id="confusion", classes="view")
        self.gates = Gates(id="gates", classes="view")

    def compose(self) -> ComposeResult:
        """The tabs, and the views in the order in which the grid lays them out."""
        yield ViewTabs()
        yield self.curves
        yield self.confusion
        yield self.gates

    def on_mount(self) -> None:
        """Title each view with its key and its name."""
        for number, name in enumerate(VIEWS, start=1):
            self.query_one(f"#{name}").border_title = f"{number} {name}"

    @property
    def active(self) -> str:
        """The view that has the focus."""
        return self.query_one(ViewTabs).active

    @property
    def single(self) -> bool:
        """Whether only one view is shown."""
        return self.has_class("-single")

    def activate(self, name: str) -> None:
        """Move the focus to a view, and show it where only one is shown."""
        for view in VIEWS:
            self.query_one(f"#{view}").set_class(view == name, "-active")
        self.query_one(ViewTabs).active = name
        self.query_one(f"#{name}").focus()

    def activate_next(self, by: int) -> None:
        """Activate the next view, wrapping around."""
        self.activate(VIEWS[(VIEWS.index(self.active) + by) % len(VIEWS)])

    def watch_enlarged(self) -> None:
        """Arrange the views again."""
        self._arrange(self.size.width, self.size.height)

    @on(ViewTabs.Chosen)
    def choose(self, message: ViewTabs.Chosen) -> None:
        """Show the view whose tab was clicked."""
        self.activate(message.view)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Make the view that was clicked the active one."""
        if event.widget.id in VIEWS and event.widget.id != self.active:
            self.activate(event.widget.id)

    def on_resize(self, event: Resize) -> None:
        """Show all views at once, or one at a time."""
        self._arrange(event.size.width, event.size.height)

    def _arrange(self, width: int, height: int) -> None:
        """Choose the arrangement for a size."""
        small = width < ROOMY[0] or height < ROOMY[1]
        if self.is_mounted and width and height:
            self.set_class(small or self.enlarged, "-single")
            self.set_class(small, "-small")
            self.activate(self.active)
