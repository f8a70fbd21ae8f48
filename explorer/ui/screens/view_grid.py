"""The views, side by side or one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.message import Message
from textual.reactive import var

from explorer.ui.screens.view_tabs import ViewTabs
from explorer.ui.views.choice import Choice
from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.views.view import View

DASHBOARD: Final = ("curves", "confusion", "gates", "belief")
"""The views that stand side by side where there is room, in the order of the grid; any other fills the screen
when it is chosen."""
NAMES: Final = tuple(VIEWS)
"""The views, in the order of their number keys."""

ROOMY: Final = (118, 36)
"""The fewest columns and lines, without those of the status and the keys, for the dashboard."""
NARROW: Final = 130
"""Columns below which the matrix has squares of four columns, so that the curves get more than half."""
HIGH: Final = 52
"""Lines from which the gates get two bands of maps; curves and matrix have at least 16 then."""
TABS: Final = 24
"""Lines of the terminal from which the tabs have one of their own."""


class ViewGrid(Container):
    """All views; the active one has the focus, and is the one that is enlarged."""

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

    def __init__(self, choice: Choice) -> None:
        """Show nothing yet; `choice` holds what all views share."""
        super().__init__()
        self._arranged: tuple[str, bool, bool] | None = None
        self.views: Mapping[str, View] = {name: view_class(name)(choice, id=name) for name in NAMES}
        """Each view by its name."""
        self._tabs = ViewTabs()

    def compose(self) -> ComposeResult:
        """The tabs, and the views in the order in which the grid lays them out."""
        yield self._tabs
        others = (name for name in NAMES if name not in DASHBOARD)
        yield from (self.views[name] for name in (*DASHBOARD, *others))

    def on_mount(self) -> None:
        """Title each view with its key and its name."""
        for number, view in enumerate(self.views.values(), start=1):
            view.border_title = f"{number} {view.about.title}"
            view.set_class(view.id not in DASHBOARD, "-apart")

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
        return not self.has_class("-small") and self.active in DASHBOARD

    @property
    def shown(self) -> list[View]:
        """The views that are shown."""
        return [view for view in self.views.values() if view.display]

    def activate(self, name: str) -> None:
        """Move the focus to a view, and show it where only one is shown."""
        for each, view in self.views.items():
            view.set_class(each == name, "-active")
        self._tabs.active = name
        self._arrange()
        self.views[name].focus()
        arranged = name, self.single, self.tabs
        if arranged != self._arranged:
            self._arranged = arranged
            self.post_message(self.Arranged(*arranged))

    def activate_next(self, by: int) -> None:
        """Activate the next view, wrapping around."""
        self.activate(NAMES[(NAMES.index(self.active) + by) % len(NAMES)])

    def watch_enlarged(self) -> None:
        """Arrange the views again."""
        self.fit_views()

    @on(ViewTabs.Chosen)
    def choose(self, message: ViewTabs.Chosen) -> None:
        """Show the view whose tab was clicked."""
        self.activate(message.view)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Make the view that was clicked the active one."""
        if (name := event.widget.id or "") in VIEWS and name != self.active:
            self.activate(name)

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
            self.set_class(small, "-small")
            self.set_class(small and self.app.size.height >= TABS, "-tabs")
            self.set_class(width < NARROW, "-narrow")
            self.set_class(height >= HIGH, "-high")
            self.activate(self.active)

    def _arrange(self) -> None:
        """Show one view alone where there is no room for more, or where it has no place beside others."""
        alone = self.has_class("-small") or self.enlarged or self.active not in DASHBOARD
        self.set_class(alone, "-single")
