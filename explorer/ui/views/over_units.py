"""What all views share whose columns are units: the cursor, the order of the units, and their pages."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp, Show

from explorer.ui.views.choice import Chosen
from explorer.ui.views.columns import Columns
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.unit_order import UnitOrder


class OverUnits(OverTime):
    """A view of timesteps whose columns are units, in the order that is chosen.

    A subclass says in `hidden` how many there are, and in `_layout` in which columns. The border says in
    which order they stand; where there is none, the view says `said_order`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "across(-1)", "Unit left", show=False),
        Binding("right,l", "across(1)", "Unit right", show=False),
        Binding("pageup", "page(-1)", "Previous units", show=False),
        Binding("pagedown", "page(1)", "Next units", show=False),
    ]

    @property
    def hidden(self) -> int:
        """H of what is shown; 0 while nothing is."""
        raise NotImplementedError

    def _layout(self) -> Columns | None:
        """In which columns the units are; None while nothing is shown."""
        raise NotImplementedError

    @property
    def unit(self) -> int:
        """The unit under the cursor."""
        return min(self.chosen.unit, max(0, self.hidden - 1))

    @property
    def order(self) -> UnitOrder:
        """The order in which the units stand."""
        return self.chosen.order.of(self.hidden)

    @property
    def said_order(self) -> str:
        """What the order is, if no border says so."""
        return "" if self.styles.border_bottom[0] else self.order.said

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor where it is now, and the units in their order."""
        if (before.timestep, before.unit, before.unread, before.order) != (
            now.timestep,
            now.unit,
            now.unread,
            now.order,
        ):
            self._say_order()
            self.repaint()

    def on_show(self, event: Show) -> None:
        """Show the cursor and the order as they are now."""
        self._say_order()
        self.repaint()

    def _say_order(self) -> None:
        """Say in the border in which order the units stand."""
        self.note_below(self.order.said)

    def action_across(self, right: int) -> None:
        """Move the cursor from unit to unit, as they stand; where several share a column, by columns."""
        if layout := self._layout():
            column = min(len(layout.spans) - 1, max(0, layout.cursor_column + right))
            single = layout.order.beside(self.unit, right, layout.hidden)
            self._choice.change(unit=layout.units(column)[0] if layout.pooled else single)

    def action_page(self, by: int) -> None:
        """Show the next units, or those before."""
        if layout := self._layout():
            self._choice.change(unit=layout.turned(by))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Show the next units."""
        event.stop()
        self.action_page(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Show the units before."""
        event.stop()
        self.action_page(-1)
