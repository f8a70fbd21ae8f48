"""The three views, all at once or one at a time."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.message import Message
from textual.reactive import var

from explorer.ui.screens.view_tabs import VIEWS, ViewTabs
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.curves import Curves
from explorer.ui.views.gates import Gates

ROOMY: Final = (118, 36)
"""The fewest columns and lines, without those of the status and the keys, for all three views at once."""
NARROW: Final = 130
"""Columns below which the matrix has squares of four columns, so that the curves get more than half."""
HIGH: Final = 52
"""Lines from which the gates get two bands of maps; curves and matrix have at least 16 then."""
TABS: Final = 24
"""Lines of the terminal from which the tabs have one of their own."""


class ViewGrid(Container):
    """Curves, gates and confusion matrix; the active one has the focus, and is the one that is enlarged."""

    enlarged: var[bool] = var(False)
    """Whether one view fills the screen although all would fit."""

    class Arranged(Message):
        """Another view is active, or the views are arranged in another way."""

        def __init__(self, active: str, single: bool, tabs: bool) -> None:
            """Carry the active view, whether it is the only one shown, and whether tabs are above it."""
            super().__init__()
            self.active = active
            self.single = single
            self.tabs = tabs

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self._arranged: tuple[str, bool, bool] | None = None
        self.curves = Curves(id="curves", classes="view")
        self.confusion = Confusion(id="confusion", classes="view")
        self.gates = Gates(id="gates", classes="view")
        self._views = {view.id: view for view in (self.curves, self.gates, self.confusion)}
        self._tabs = ViewTabs()

    def compose(self) -> ComposeResult:
        """The tabs, and the views in the order in which the grid lays them out."""
        yield self._tabs
        yield self.curves
        yield self.confusion
        yield self.gates

    def on_mount(self) -> None:
        """Title each view with its key and its name."""
        for number, name in enumerate(VIEWS, start=1):
            self._views[name].border_title = f"{number} {name}"

    @property
    def active(self) -> str:
        """The view that has the focus."""
        return self._tabs.active

    @property
    def single(self) -> bool:
        """Whether only one view is shown."""
        return self.has_class("-single")

    @property
    def tabs(self) -> bool:
        """Whether there is a line of tabs; below 24 lines, a single view needs that line itself."""
        return self.has_class("-tabs")

    @property
    def can_enlarge(self) -> bool:
        """Whether there is room for all views, so that enlarging one changes something."""
        return not self.has_class("-small")

    def activate(self, name: str) -> None:
        """Move the focus to a view, and show it where only one is shown."""
        for view in VIEWS:
            self._views[view].set_class(view == name, "-active")
        self._tabs.active = name
        self._views[name].focus()
        arranged = name, self.single, self.tabs
        if arranged != self._arranged:
            self._arranged = arranged
            self.post_message(self.Arranged(*arranged))

    def activate_next(self, by: int) -> None:
        """Activate the next view, wrapping around."""
        self.activate(VIEWS[(VIEWS.index(self.active) + by) % len(VIEWS)])

    def watch_enlarged(self) -> None:
        """Arrange the views again."""
        self.fit_views()

    @on(ViewTabs.Chosen)
    def choose(self, message: ViewTabs.Chosen) -> None:
        """Show the view whose tab was clicked."""
        self.activate(message.view)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Make the view that was clicked the active one."""
        if event.widget.id in VIEWS and event.widget.id != self.active:
            self.activate(event.widget.id)

    def on_resize(self, event: Resize) -> None:
        """Arrange the views for the new size."""
        self.fit_views()

    def fit_views(self) -> None:
        """Show all views at once, or one at a time, as the sizes of the grid and of the terminal allow.

        The screen calls this, too: the terminal's height may change while the grid's doesn't.
        """
        width, height = self.size
        small = width < ROOMY[0] or height < ROOMY[1]
        if self.is_mounted and width and height:
            self.set_class(small or self.enlarged, "-single")
            self.set_class(small, "-small")
            self.set_class(small and self.app.size.height >= TABS, "-tabs")
            self.set_class(width < NARROW, "-narrow")
            self.set_class(height >= HIGH, "-high")
            self.activate(self.active)
