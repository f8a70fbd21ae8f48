"""The views: those of one page, side by side or one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.geometry import Region
from textual.layout import Layout
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget

from explorer.ui.screens.pages import PAGES, REST, Row, Slot, regions, standing_on
from explorer.ui.views.choice import Choice
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.over_units import OverUnits
from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.views.view import View
from explorer.ui.widgets.counted import Counted

FIRST: Final = "gates"
"""The view that is active at first, on each page that it stands on; but one that a page is named after comes
before it."""

MARGINS: Final = 80
"""Columns from which views without borders have margins; in fewer, an LSTM's drawing takes all of them."""


class Shown(NamedTuple):
    """What is shown."""

    page: str
    active: str
    """The view that has the focus."""
    single: bool
    """Whether it is the only one shown."""
    small: bool
    """Whether there is no room for the views of this page and their borders."""


class ViewGrid(Container):
    """All views; a page says which of them are shown, and where. The active one has the focus."""

    enlarged: var[bool] = var(False)
    """Whether the active view fills the page although others would fit beside it."""

    class Arranged(Message):
        """Another page or view is shown, or the views are arranged in another way."""

        def __init__(self, shown: Shown) -> None:
            """Carry what is shown now."""
            super().__init__()
            self.shown = shown

    def __init__(self, choice: Choice) -> None:
        """Begin with the first page; `choice` holds what all views share."""
        super().__init__()
        self.views: Mapping[str, View] = {name: view_class(name)(choice, id=name) for name in VIEWS}
        """Each view by its name."""
        self.page = next(iter(PAGES))
        """The page that is shown."""
        self._recent = {
            page: sorted(standing_on(page), key=lambda name: (name != page, name != FIRST)) for page in PAGES
        }
        # of each page, the view that was active last at the front
        self._counted = Counted(self._places)
        self._told: Shown | None = None

    def compose(self) -> ComposeResult:
        """The views."""
        yield from self.views.values()

    @property
    def layout(self) -> Layout:
        """Where the views stand: as the page says."""
        return self._counted

    def on_mount(self) -> None:
        """Show the first page's views alone, before there is a size for them."""
        self._arrange()

    # What is shown

    @property
    def now(self) -> Shown:
        """What is shown."""
        return Shown(self.page, self.active, self.single, self.small)

    @property
    def active(self) -> str:
        """The view that has the focus."""
        return self._recent[self.page][0]

    @property
    def shown(self) -> list[View]:
        """The views that are shown."""
        return [view for view in self.views.values() if view.display]

    @property
    def timesteps(self) -> int:
        """T of what the views show over time; 0: none shows anything."""
        return max((view.timesteps for view in self.shown if isinstance(view, OverTime)), default=0)

    @property
    def shows_units(self) -> bool:
        """Whether units stand side by side somewhere."""
        return any(isinstance(view, OverUnits) for view in self.shown)

    @property
    def single(self) -> bool:
        """Whether only one view is shown."""
        return len(self.shown) == 1

    @property
    def small(self) -> bool:
        """Whether there is no room for the views of this page and their borders.

        The terminal's size decides, not that of the grid: a message of several lines must not hide views.
        """
        arrangement = PAGES[self.page].fit(*self.app.size)
        return arrangement is None or arrangement.bare

    @property
    def can_enlarge(self) -> bool:
        """Whether the active view can have others beside it, so that enlarging it changes something."""
        return len(self._regions(self._beside)) > 1

    @property
    def _beside(self) -> tuple[Row, ...]:
        """The places of the page's views if none is enlarged."""
        arrangement = PAGES[self.page].fit(*self.app.size)
        rows = arrangement.rows if arrangement else ()
        placed = any(self.active in slot.views for row in rows for slot in row.slots)
        return rows if placed else self._alone

    @property
    def _alone(self) -> tuple[Row, ...]:
        """The place of the active view if no other is shown."""
        return (Row(REST, (Slot((self.active,)),)),)

    @property
    def _rows(self) -> tuple[Row, ...]:
        """The places now."""
        return self._alone if self.enlarged else self._beside

    def _regions(self, rows: tuple[Row, ...], width: int = 1, height: int = 1) -> dict[str, Region]:
        """Where each view is that is shown."""
        return regions(rows, self._recent[self.page], width, height)

    def _places(self, width: int, height: int) -> Mapping[Widget, Region]:
        """Where each view is that is shown, for the layout."""
        return {self.views[name]: region for name, region in self._regions(self._rows, width, height).items()}

    # What changes it

    def activate(self, name: str) -> None:
        """Move the focus to a view, and show it; if it doesn't stand on this page, on its first."""
        if name not in self._recent[self.page]:
            self.page = VIEWS[name].pages[0]
        recent = self._recent[self.page]
        recent.insert(0, recent.pop(recent.index(name)))
        self._arrange()
        self.views[name].focus()

    def activate_next(self, by: int) -> None:
        """Activate the next view of the page, wrapping around."""
        names = standing_on(self.page)
        self.activate(names[(names.index(self.active) + by) % len(names)])

    def turn(self, page: str, view: str = "") -> None:
        """Show a page, all of it, with one of its views active; if none is named, the one active last."""
        self.page = page
        self.set_reactive(ViewGrid.enlarged, False)
        self.activate(view or self.active)  # once: the focus arrives later, and would bring back the first

    def watch_enlarged(self) -> None:
        """Arrange the views again."""
        self.fit_views()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Make the view that was clicked the active one."""
        if (name := event.widget.id or "") in self._recent[self.page] and name != self.active:
            self.activate(name)

    def on_resize(self, event: Resize) -> None:
        """Arrange the views for the new size."""
        self.fit_views()

    def fit_views(self) -> None:
        """Arrange the views as the terminal's size allows; the screen says when that changes."""
        if self.is_mounted and self.size.area:
            self.activate(self.active)

    def _arrange(self) -> None:
        """Show the views that have a place now, and no other; say so if that is something new."""
        self.set_class(self.small, "-small")
        self.set_class(self.small and self.app.size.width >= MARGINS, "-margins")
        displayed = self._regions(self._rows)
        for name, view in self.views.items():
            view.display, view.page_name = name in displayed, self.page
            if view.border_title != (title := self._title(name)).markup:  # set again, it is painted again
                view.border_title = title
        before, self._told = self._told, self.now
        if before is None or before.page != self.page:
            self.views[self.active].refresh(layout=True)  # the same views may stand elsewhere
        if before != self._told:
            self.post_message(self.Arranged(self._told))

    def _title(self, name: str) -> Content:
        """A view's title; where several take turns in its place, all of theirs, with its own in bold."""
        slots = (slot.views for row in self._rows for slot in row.slots if name in slot.views)
        turns = [one for one in next(slots, (name,)) if one in self.views]
        titles = {one: Content(view_class(one).about.title) for one in turns}
        if len(titles) > 1:
            titles[name] = titles[name].stylize("bold")
        return Content(" · ").join(titles.values())
