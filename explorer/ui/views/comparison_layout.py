"""Where the sample, and belief and map of each way to read it, stand side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from explorer.ui.views.columns import Columns
from explorer.ui.views.panel import Panel
from explorer.ui.views.pooling import Pooled
from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.scroll import Scroll
from explorer.ui.views.unit_order import BY_NUMBER, UnitOrder

MARGIN: Final = 2
"""Columns left of the sample and of each way: the timestep's marker, and a gap."""
WAYS: Final = 3
"""The first, the second, and the difference."""
BELIEF: Final = 10
"""Columns of a belief, for as many classes at most."""
NARROW: Final = 12
"""Columns of a map below which it gets those of the sample."""
ROOMY: Final = 24
"""Columns of a map from which a timestep may take a whole line: the sample is twice as wide then."""


@dataclass(frozen=True)
class Layout(Columns):
    """Where everything is, for one size, one cell and one choice of units."""

    width: int
    """Columns of the widget."""
    height: int
    """Lines of the widget."""
    timesteps: int
    """T: of the longer way."""
    inputs: int
    """I."""
    classes: int
    """K: of the larger one."""
    hidden: int
    unit: int
    timestep: int = 0
    """The timestep under the cursor, from 0."""
    before: int = 0
    """The first timestep that was shown before, which stays while the cursor doesn't leave the page."""
    pooled: Pooled = ""
    order: UnitOrder = BY_NUMBER
    scaled: bool = False
    """Whether the sample's colours have a scale of their own."""
    tall: bool = False
    """Whether a timestep takes a whole line instead of half of one."""

    def of(self, hidden: int) -> Layout:
        """The same for the map of a way with fewer units: it has its own columns."""
        if hidden == self.hidden:
            return self
        return replace(self, hidden=hidden, unit=min(self.unit, hidden - 1), order=self.order.of(hidden))

    @property
    def fits_tall(self) -> bool:
        """Whether all timesteps have a line each, and the maps are wide all the same."""
        return self.tall and self.timesteps + 1 + self.below <= self.height and self._wide(ROOMY)

    def _wide(self, least: int) -> bool:
        """Whether a map has so many columns, or one for each unit."""
        return self.room >= min(self.hidden, least)

    @cached_property
    def panel(self) -> Panel | None:
        """How the sample is drawn; None: the maps need its columns."""
        panel = Panel.fit(self.inputs, self.width, self.tall, self.scaled)
        return panel if self._room(MARGIN + panel.width) >= min(self.hidden, NARROW) else None

    @property
    def start(self) -> int:
        """The column where the first way begins."""
        return MARGIN + self.panel.width if self.panel else 0

    @property
    def shown(self) -> int:
        """How many classes are shown."""
        return min(self.classes, BELIEF)

    @property
    def belief_cell(self) -> int:
        """Columns of a class."""
        return BELIEF // self.shown

    @property
    def belief(self) -> int:
        """Columns of a belief."""
        return self.shown * self.belief_cell

    def _room(self, start: int) -> int:
        """Columns of a map, if the first way begins at a column."""
        return (self.width - start) // WAYS - MARGIN - self.belief - 1

    @property
    def room(self) -> int:
        """Columns of a map."""
        return max(1, self._room(self.start))

    def left(self, way: int) -> int:
        """The column where a way's belief begins."""
        return self.start + way * (MARGIN + self.belief + 1 + self.room) + MARGIN

    def map_left(self, way: int) -> int:
        """The column where a way's map begins."""
        return self.left(way) + self.belief + 1

    @property
    def whole(self) -> int:
        """Lines that all timesteps take."""
        return math.ceil(self.timesteps / self.per_line)

    @property
    def per_line(self) -> int:
        """Timesteps in one line of text."""
        return 1 if self.tall else 2

    @property
    def below(self) -> int:
        """Lines of text below the maps: where there is room, the first marks the unit."""
        return 4 if self.height >= self.whole + 5 else 3

    @cached_property
    def rows(self) -> Rows:
        """Which timesteps are on which lines."""
        lines = max(1, min(self.whole, self.height - 1 - self.below))
        scroll = Scroll(self.timesteps, lines * self.per_line, self.timestep, self.before)
        return Rows(self.height, 1, lines, self.per_line, scroll.first, self.timesteps)

    def spot(self, x: int, y: int, places: Mapping[int, tuple[Layout, Sequence[int]]]) -> Spot | None:
        """What is at a position: a timestep, on a map a unit, in a belief a class.

        Args:
            x: the column.
            y: the line.
            places: what is shown where: the layout of the map, and the classes of the belief.
        """
        timestep = self.rows.at(y)
        if timestep is None:
            return None
        for place, (shown, classes) in places.items():
            column = (x - self.left(place)) // self.belief_cell
            if 0 <= column < len(classes):
                return Spot(timestep, None, classes[column])
            column = (x - self.map_left(place)) // shown.cell
            if 0 <= column < len(shown.spans):
                return Spot(timestep, shown.pointed(column))
        return Spot(timestep, None)
