"""What all views of timesteps share: the cursor over time, its keys, and the page of a long sequence."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click

from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.scroll import Scroll
from explorer.ui.views.view import View


class OverTime(View):
    """A view whose lines are timesteps, from the top; all such views have one cursor, that of the choice.

    A subclass says in `timesteps` how many there are, and paints those of `page()`. They are on the lines of
    the gates, where these stand beside it; else as many are shown as `room` has lines for, and a page turns
    when the cursor leaves it. A key or a click that moves the cursor changes the choice, and `follow` paints.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Timestep up", show=False),
        Binding("down,j", "move(1)", "Timestep down", show=False),
        Binding("home", "edge(0)", "First timestep", show=False),
        Binding("end", "edge(-1)", "Last timestep", show=False),
        Binding("shift+up,ctrl+u", "turn(-1)", "Previous timesteps", show=False),
        Binding("shift+down,ctrl+d", "turn(1)", "Next timesteps", show=False),
    ]

    @property
    def timesteps(self) -> int:
        """T of what is shown; 0 while nothing is."""
        raise NotImplementedError

    @property
    def room(self) -> int:
        """The most lines of timesteps: by default all but the first line of the view."""
        return self.size.height - 1

    @property
    def timestep(self) -> int:
        """The timestep under the cursor, from 0."""
        last, chosen = max(0, self.timesteps - 1), self.chosen.timestep
        return last if chosen is None else min(chosen, last)

    @property
    def seen(self) -> int:
        """How many timesteps are painted: all, or those that the network has read so far."""
        return self.timestep + 1 if self.chosen.unread else self.timesteps

    @property
    def unit(self) -> int:
        """The unit under the cursor."""
        return self.chosen.unit

    @property
    def rows(self) -> Rows | None:
        """Which timesteps are on which lines, from the second line of the view; None while nothing is shown.

        Two share a line only where not all of them fit otherwise.
        """
        height, timesteps, shared = self.size.height, self.timesteps, self._choice.rows
        if not timesteps:
            return None
        if shared is not None and (shared.height, shared.timesteps) == (height, timesteps):
            return shared
        most = max(1, self.room)
        per_line = 1 if timesteps <= most else 2
        lines = min(most, -(-timesteps // per_line))
        scroll = Scroll(timesteps, lines * per_line, self.timestep, self._choice.first)
        return Rows(height, 1, lines, per_line, scroll.first, timesteps)

    def page(self) -> Rows | None:
        """`rows`, which are painted now: that page stays as long as the cursor is on it."""
        rows = self.rows
        if rows and self._choice.rows is None:  # else the gates say which page is shown
            self._choice.first = rows.first
        return rows

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position of the view; by default a timestep, whichever the column."""
        rows = self.rows
        timestep = rows.at(y) if rows else None
        return None if timestep is None else Spot(timestep, None)

    def action_move(self, by: int) -> None:
        """Move the cursor over time."""
        if self.timesteps:
            self._choice.change(timestep=max(0, min(self.timesteps - 1, self.timestep + by)))

    def action_edge(self, timestep: int) -> None:
        """Move the cursor to the first timestep, or to the last (-1)."""
        self._choice.change(timestep=None if timestep < 0 else timestep)

    def action_turn(self, by: int) -> None:
        """Show the next timesteps, or those before."""
        if rows := self.rows:
            scroll = Scroll(rows.timesteps, rows.lines * rows.per_line, self.timestep, rows.first)
            self._choice.first, timestep = scroll.turned(by)
            self._choice.change(timestep=timestep)

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse points.

        A terminal reports a line, and a line may hold two timesteps: a click means the upper one, a second
        click on the same spot the lower one.
        """
        rows, offset = self.rows, event.get_content_offset(self)
        spot = self.spot(offset.x, offset.y) if offset else None
        if rows and spot:
            before = self.chosen.class_number
            unit = self.unit if spot.unit is None else spot.unit
            number = before if spot.class_number is None else spot.class_number
            again = (self.timestep, self.unit, before) == (spot.timestep, unit, number) and rows.per_line == 2
            timestep = min(spot.timestep + again, self.timesteps - 1)
            self._choice.change(timestep=timestep, unit=unit, class_number=number)
