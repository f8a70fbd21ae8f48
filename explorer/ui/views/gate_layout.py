"""Where the sample, the maps and the text of the gates are: arithmetic without a screen.

Time runs downward: row t of every map is the state just after the network read timestep t of the sample.
Half-blocks put two timesteps in one line of text, so that MNIST's 28 are 14 lines and its pixels are square.
In a tall widget a timestep takes a whole line, and a pixel of the sample two columns, or one, where few units
get cells that are wide enough for their values. Of a sequence that is longer than the widget, a page is
shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from explorer.ui.views.columns import Columns
from explorer.ui.views.panel import Panel
from explorer.ui.views.pooling import Pooled
from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.scroll import Scroll
from explorer.ui.views.unit_order import BY_NUMBER, UnitOrder

MARGIN = 2
"""Columns left of the sample and between two maps: the timestep's marker, and a gap."""
VALUED = 3
"""Columns of a cell in which its value is written."""
FEW = 16
"""Units of a net that is so small that its sample makes room for its values."""
BAR = 3
"""Columns of the bar that says where what is held was written; before it is one more."""
LEAST = 6
"""Columns of a map below which fewer maps are shown at a time."""
WIDE = 100
"""Columns from which the values and the step of the weights share one line."""


@dataclass(frozen=True)
class Layout(Columns):
    """Where everything is, for one size, one cell and one choice of units."""

    width: int
    """Columns of the widget."""
    height: int
    """Lines of the widget."""
    timesteps: int
    """T, of the sample."""
    inputs: int
    """I: numbers of the sample that are read in one timestep."""
    maps: int
    """How many activations there are."""
    hidden: int
    """Units of each."""
    unit: int
    """The unit under the cursor."""
    pooled: Pooled = ""
    """Whether all units are shown, several to a column, and what of them; empty: one by one."""
    bands: int = 1
    """Bands of maps, one below the other; beside the second there is room for text, below the sample."""
    tall: bool = False
    """Whether a timestep takes a whole line instead of half of one."""
    slim: bool = False
    """Whether a pixel of the sample takes one column all the same, for the sake of wide cells."""
    timestep: int = 0
    """The timestep under the cursor, from 0."""
    before: int = 0
    """The first timestep that was shown before, which stays while the cursor doesn't leave the page."""
    scaled: bool = False
    """Whether the sample's colours have a scale of their own, which must be said."""
    order: UnitOrder = BY_NUMBER
    """In which order the units stand, from left to right."""
    barred: bool = False
    """Whether there is a bar beside the sample."""
    turn: int = 0
    """Which of the groups of maps is shown, counted on past the last one."""
    at_once: int = 1
    """Maps of a group: all, or as many as have room beside each other."""

    @classmethod
    def fit(
        cls,
        size: tuple[int, int],
        sample: tuple[int, int],
        maps: int,
        hidden: int,
        unit: int,
        pooled: Pooled = "",
        timestep: int = 0,
        before: int = 0,
        scaled: bool = False,
        order: UnitOrder = BY_NUMBER,
        barred: bool = False,
        turn: int = 0,
    ) -> Layout:
        """The layout that shows the most in a size (columns, lines); `sample` is T and I.

        Where no layout shows all timesteps, it is one band with two in a line, and it scrolls. Where the maps
        would be crowded, fewer of them are shown at a time.
        """
        shown = (*size, *sample, maps, hidden, unit, pooled)
        now = (timestep, before, scaled, order, barred, turn)
        for at_once in sorted({math.ceil(maps / groups) for groups in range(1, maps + 1)}, reverse=True):
            choices = [
                cls(*shown, bands, tall, slim, *now, at_once)
                for bands in range(1, at_once + 1)
                for tall, slim in ((False, False), (True, False), (True, True))
            ]
            fitting = (one for one in choices if one._fits)
            best = max(fitting, key=lambda one: one._merit, default=choices[0])
            if best.columns >= min(LEAST, hidden):
                break
        return best

    @property
    def _fits(self) -> bool:
        """Whether everything has its place, all timesteps among them, no band is empty, none of a group of
        maps has a hole, and a slim sample makes room for the values of few units.
        """
        if self.bands == 1:
            text = self._whole + 3 + self.panel.noted + self.below <= self.height
        else:  # beside the bands below the first: the values, and up to six lines of other text
            text = self.bands * self.band <= self.height and (self.bands - 1) * self.band >= self.maps + 6
        text &= not self.slim or (self.valued and self.hidden <= FEW)
        text &= self.at_once in (self.maps, self.bands * self.per_band)
        return text and self.room > 0 and self.per_band * (self.bands - 1) < self.at_once

    @property
    def _merit(self) -> tuple[bool, int, int, bool, int, int]:
        """All units count most; of few, that their cells are wide, or even hold their values; then how many
        values have a line of their own, then their width.
        """
        whole = self.columns == self.hidden
        wide = (self.cell > 1) + self.valued if whole else 0
        return whole, wide, self.columns * self.lines, not self.slim, self.cell, -self.bands

    @property
    def valued(self) -> bool:
        """Whether each cell of a map has room for its value."""
        return self.tall and self.cell >= VALUED

    @cached_property
    def panel(self) -> Panel:
        """How the sample is drawn beside the maps."""
        return Panel.fit(self.inputs, self.width, self.tall and not self.slim, self.scaled)

    @property
    def per_line(self) -> int:
        """Timesteps in one line of text."""
        return 1 if self.tall else 2

    @property
    def _whole(self) -> int:
        """Lines of text that all timesteps take."""
        return math.ceil(self.timesteps / self.per_line)

    @cached_property
    def scrolls(self) -> bool:
        """Whether a page of the timesteps is shown instead of all: rather than that, a plain sample does with
        less text.
        """
        text = 3 + (1 + self.below if self.panel.noted else 0)
        return self.bands == 1 and self._whole + text > self.height

    @cached_property
    def lines(self) -> int:
        """Lines of text of one map."""
        return max(1, self.height - 4 - self.below) if self.scrolls else self._whole

    @cached_property
    def scroll(self) -> Scroll:
        """The timesteps that are shown."""
        return Scroll(self.timesteps, self.lines * self.per_line, self.timestep, self.before)

    @cached_property
    def rows(self) -> Rows:
        """Which timesteps are on which lines of the first band."""
        return Rows(self.height, 1, self.lines, self.per_line, self.scroll.first, self.timesteps)

    @property
    def below(self) -> int:
        """Lines of text below a single band: the values, and the step of the weights where they need two."""
        return 1 if self.width >= WIDE else 2

    @property
    def legend(self) -> bool:
        """Whether each band ends with a line that says which colour stands for which value."""
        return self.bands > 1 or self.height >= self.lines + 3 + self.below

    @property
    def noted(self) -> bool:
        """Whether a single band ends with a line that says which timesteps and units are shown; else the
        units are named in the legend's.
        """
        return self.bands == 1 and (self.scrolls or self.panel.noted)

    @property
    def compact(self) -> bool:
        """Whether the step of the weights must share the line of the marks, for want of one of its own."""
        return self.bands == 1 and self.height < self.lines + 2 + self.below

    @property
    def band(self) -> int:
        """Lines of one band of maps: titles, pixels, the unit's mark, the legend, what is shown."""
        return self.lines + 2 + self.legend + self.noted

    @property
    def per_band(self) -> int:
        """Maps side by side."""
        return math.ceil(self.at_once / self.bands)

    @property
    def groups(self) -> int:
        """Groups of maps, one of which is shown."""
        return math.ceil(self.maps / self.at_once)

    @cached_property
    def shown(self) -> range:
        """The maps that are shown."""
        first = self.turn % self.groups * self.at_once
        return range(first, min(self.maps, first + self.at_once))

    def maps_of(self, band: int) -> range:
        """The maps of a band."""
        return self.shown[band * self.per_band : (band + 1) * self.per_band]

    @property
    def bar(self) -> int:
        """The column where the bar begins."""
        return MARGIN + self.panel.width + 1

    @property
    def _before_maps(self) -> int:
        """Columns before the first map's gap."""
        return self.bar + BAR if self.barred else MARGIN + self.panel.width

    @property
    def room(self) -> int:
        """Columns that each map may take."""
        rest = self.width - self._before_maps - self.per_band * MARGIN - 1
        return rest // self.per_band

    @property
    def picture(self) -> tuple[object, ...]:
        """What the pixels depend on: as long as it is equal, each line has the same."""
        units = self.first, self.columns, self.pooled, self.order, self.cell
        return units, self.scroll.first, self.tall, self.panel

    def left(self, map_index: int) -> int:
        """The column where a map begins."""
        place = (map_index - self.shown[0]) % self.per_band
        return self._before_maps + MARGIN + place * (self.room + MARGIN)

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position."""
        band, line = divmod(y, self.band)
        if not 0 <= band < self.bands or not 1 <= line <= self.lines:
            return None
        timestep = self.scroll.first + (line - 1) * self.per_line
        on_bar = self.barred and self.bar <= x < self.bar + BAR
        if band == 0 and (on_bar or MARGIN <= x < MARGIN + self.panel.painted):
            return Spot(timestep, None)
        for index in self.maps_of(band):
            column = (x - self.left(index)) // self.cell
            if 0 <= column < len(self.spans):
                return Spot(timestep, self.pointed(column))
        return None
