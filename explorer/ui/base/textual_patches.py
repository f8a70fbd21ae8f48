"""Screens that have the terminal's size and no other."""

from __future__ import annotations

from textual.events import Event, MouseEvent, Resize
from textual.reactive import var
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class Fitted(Screen[ScreenResultType]):
    """A screen that is laid out once for each size that the terminal has.

    After each layout in a new size, Textual 8.2 sends that size to the screen itself, too, and all is laid
    out again. Where the terminal has changed meanwhile, two sizes go round for ever, each undoing the
    other: the program stays busy with layouts, and nothing is painted any more. A dialog and what lies
    below it make that likely.
    """

    focused: var[Widget | None] = var(None)
    """Who has the keys. Textual's own has the whole screen painted anew whenever that changes."""

    def on_resize(self, event: Resize) -> None:
        """Pass over a size that the terminal has no more, or that this screen and all below it have."""
        shown = (self, *self.app._background_screens)
        if event.size != self.app.size or all(one._compositor.size == event.size for one in shown):
            event.prevent_default()

    def _forward_event(self, event: Event) -> None:
        """Pass over a mouse where nothing is, as it is reported before a terminal says that it has shrunk.

        Textual would have nobody get the keys any more.
        """
        outside = isinstance(event, MouseEvent) and not self.region.contains_point(event.screen_offset)
        if not outside or self.app.mouse_captured:
            super()._forward_event(event)

    def _compositor_refresh(self) -> None:
        """Below a dialog, have the dialog paint what changed here.

        Textual 8.2 has the whole of it painted again at whatever happens next, and so on: some 20 ms each
        time.
        """
        if self not in self.app._background_screens:
            super()._compositor_refresh()
            return
        changed = self._compositor._dirty_regions
        if changed:
            self.app.screen.refresh(*changed)
            changed.clear()
            self._dirty_widgets.clear()
