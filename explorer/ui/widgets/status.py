"""What the run is doing, in two lines, and the tabs: beside the second, where that leaves it enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.layout import Layout
from textual.widget import Widget

from explorer.runs.snapshot import Snapshot
from explorer.ui.widgets.counted import Counted
from explorer.ui.widgets.identity import Identity
from explorer.ui.widgets.progress import Progress
from explorer.ui.widgets.tabs import Form, Tab, Tabs

PROGRESS: Final = 61
"""Columns that the progress keeps beside the tabs: in so many it says of 9,999 steps how many there are, and
tells the newest batch and the rate. Of 118, the titles of six pages take the rest."""
GAP: Final = 2
"""Columns between the tabs and the progress."""


class Status(Container):
    """Above: what the run does, how well it reads the test set, which run it is; below: how far it is."""

    def __init__(self) -> None:
        """Start with nothing to show."""
        super().__init__()
        self.identity, self.progress, self.tabs = Identity(), Progress(), Tabs()
        self._counted = Counted(self._places)

    def compose(self) -> ComposeResult:
        """The two lines, and the tabs."""
        yield self.identity
        yield self.progress
        yield self.tabs

    @property
    def layout(self) -> Layout:
        """Where they are: as the tabs' form says."""
        return self._counted

    def show(self, snapshot: Snapshot, line: str = "") -> None:
        """Show a run's newest snapshot, and what else there is to say: what is chosen, how the line is."""
        self.identity.say(line)
        self.identity.show(snapshot)
        self.progress.show(snapshot)

    def show_tabs(self, form: Form, pages: Sequence[Tab], views: Sequence[Tab]) -> None:
        """Show tabs for the pages, and for the views of the one that is shown."""
        before = self.tabs.form, self._tabs_width(self.size.width)
        self.tabs.show(form, pages, views)
        self.set_class(form == "line", "-three")
        if (form, self._tabs_width(self.size.width)) != before:
            self.tabs.refresh(layout=True)  # a child: its parent lays out again

    def _tabs_width(self, width: int) -> int:
        """Columns of the tabs beside something else, with the gap, of so many."""
        if self.tabs.form == "numbers":
            return self.tabs.needed(width)
        return GAP + self.tabs.needed(width - PROGRESS - GAP)

    def _places(self, width: int, height: int) -> Mapping[Widget, Region]:
        """In a line of their own, the tabs are below; numbers are at the end of the first line."""
        above, below = Region(0, 0, width, 1), Region(0, 1, width, 1)
        if self.tabs.form == "line":
            tabs = Region(0, 2, width, 1)
        elif self.tabs.form == "numbers":
            above, tabs = above.split_vertical(width - self._tabs_width(width))
        else:
            tabs, below = below.split_vertical(self._tabs_width(width))
        return {self.identity: above, self.progress: below, self.tabs: tabs}
