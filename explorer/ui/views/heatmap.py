"""Where the pixels of the gate heatmaps are, and what they show: arithmetic without a screen.

Time runs downward: row t of every map is the state just after the network read timestep t of the sample.
Half-blocks put two timesteps in one line of text, so that 28 are 14 lines and the pixels are square.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from explorer.protocol.messages import Probed
from explorer.ui.widgets.palette import LEVELS, Span

Values: TypeAlias = "memoryview[float] | array[float]"
"""Float32: the units of the first timestep, then those of the next."""

TIMESTEPS = 28
LINES = TIMESTEPS // 2
"""Lines of text of one map."""
SAMPLE_WIDTH = 28
MARGIN = 2
"""Columns left of the sample and between two maps: the timestep's marker, and a gap."""
BAND = LINES + 3
"""Lines of one band of maps: titles, pixels, the unit's marker, the legend."""
STEADIED = 512
"""The most units for which small moves are held back: comparing an LSTM's 512 takes 5 ms."""


class Readings:
    """One answer of the engine, ready to be painted."""

    def __init__(self, answer: Probed, before: Readings | None = None) -> None:
        """Read the activations in place: no copy, no numpy.

        Args:
            answer: the activations.
            before: what is painted now, while the weights are learning. What has moved less than 1.5 colours
                since then is painted as it was: that halves the cells that change.
        """
        self.answer = answer
        self._values = [memoryview(part).cast("f") for part in answer.arrays]
        self._reaches: dict[int, float] = {}
        self._painted: list[Values] = [*self._values]
        if before is not None and before._fits(answer):
            self._reaches = {index: self._reach(index, reach) for index, reach in before._reaches.items()}
            self._painted = [self._steadied(index, before) for index in range(len(self._values))]

    def _fits(self, answer: Probed) -> bool:
        """Whether an answer is to the same sample in the same cell, and of few enough units to compare."""
        mine = self.answer
        same = (mine.index, mine.hidden, mine.activations) == (
            answer.index,
            answer.hidden,
            answer.activations,
        )
        return same and mine.hidden <= STEADIED

    def _steadied(self, activation: int, before: Readings) -> Values:
        """An activation's values, with the old one in place of each that has hardly moved."""
        low, high = self.limits(activation)
        if (low, high) != before.limits(activation):
            return self._values[activation]
        step = 1.5 * (high - low) / LEVELS
        pairs = zip(before._painted[activation], self._values[activation], strict=True)
        return array("f", [old if abs(new - old) < step else new for old, new in pairs])

    def value(self, activation: int, timestep: int, first: int, last: int) -> float:
        """The mean of units `first` to `last` - 1 at a timestep; for a single unit, its value."""
        base = timestep * self.answer.hidden
        return sum(self._values[activation][base + first : base + last]) / (last - first)

    def levels(self, activation: int, timestep: int, layout: Layout, levels: int) -> list[int]:
        """The colours of one timestep of a map, 0 to `levels` - 1; NaN gets the lowest.

        This runs for every pixel of every repaint, so it is one loop without calls.
        """
        low, high = self.limits(activation)
        per_level = levels / (high - low)
        base = timestep * self.answer.hidden
        values = self._painted[activation]
        if layout.overview:
            units = values[base : base + self.answer.hidden].tolist()
            means = [sum(units[first:last]) / (last - first) for first, last in layout.spans]
        else:
            first = base + layout.first_unit
            means = list(values[first : first + layout.columns])
        top = levels - 1
        return [
            int((mean - low) * per_level) if low < mean < high else top if mean >= high else 0
            for mean in means
        ]

    def limits(self, activation: int) -> tuple[float, float]:
        """The values at the two ends of the activation's colour scale."""
        span: Span = self.answer.activations[activation].span
        if span == "unit":
            return 0.0, 1.0
        if span == "open" and activation not in self._reaches:
            self._reaches[activation] = self._reach(activation)
        reach = 1.0 if span == "signed" else self._reaches[activation]
        return -reach, reach

    def _reach(self, activation: int, before: float = 0.0) -> float:
        """How far an activation goes from 0, without its farthest 2 %, rounded up to 1, 2 or 5 times 10ⁿ.

        A trained memory has a mean of 2.2 and a maximum of 20: scaled to the maximum, nearly all of it would
        look like 0. The reach before is kept while it is at most three times too far.
        """
        ranked = sorted(abs(value) for value in self._values[activation].tolist() if math.isfinite(value))
        reach = max(ranked[int(0.98 * (len(ranked) - 1))] if ranked else 1.0, 0.1)
        if before / 3 <= reach <= before:
            return before
        power = 10.0 ** math.floor(math.log10(reach))
        return next(power * step for step in (1, 2, 5, 10) if power * step >= reach)


class Spot(NamedTuple):
    """What is at a position on the widget."""

    timestep: int
    """From 0 to 27."""
    unit: int | None
    """The unit; None on the sample."""


@dataclass(frozen=True)
class Layout:
    """Where everything is, for one size, one cell and one choice of units."""

    width: int
    """Columns of the widget."""
    maps: int
    """How many activations there are."""
    hidden: int
    """Units of each."""
    bands: int
    """Bands of maps: one, or two where the widget is tall."""
    unit: int
    """The unit under the cursor."""
    overview: bool
    """Whether all units are shown, several to a column."""

    @classmethod
    def fit(cls, width: int, height: int, maps: int, hidden: int, unit: int, overview: bool) -> Layout:
        """The layout for a size; two bands of maps where there is room and they are needed."""
        bands = 2 if height >= 2 * BAND + 2 and maps > 3 else 1
        return cls(width, maps, hidden, bands, unit, overview)

    @property
    def per_band(self) -> int:
        """Maps side by side."""
        return math.ceil(self.maps / self.bands)

    @cached_property
    def columns(self) -> int:
        """Columns of one map."""
        room = self.width - MARGIN - SAMPLE_WIDTH - self.per_band * MARGIN - 1
        return max(1, min(self.hidden, room // self.per_band))

    @property
    def first_unit(self) -> int:
        """The first unit shown; units are paged, so that a move of the cursor rarely moves everything."""
        if self.overview:
            return 0
        return max(0, min(self.unit // self.columns * self.columns, self.hidden - self.columns))

    def units(self, column: int) -> tuple[int, int]:
        """The units of a column: the first, and the one after the last."""
        if not self.overview:
            return self.first_unit + column, self.first_unit + column + 1
        return column * self.hidden // self.columns, (column + 1) * self.hidden // self.columns

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The units of each column."""
        return [self.units(column) for column in range(self.columns)]

    @property
    def cursor_column(self) -> int:
        """The column of the unit under the cursor."""
        return next(k for k, (first, last) in enumerate(self.spans) if first <= self.unit < last)

    def left(self, map_index: int) -> int:
        """The column where a map begins."""
        return MARGIN + SAMPLE_WIDTH + MARGIN + map_index % self.per_band * (self.columns + MARGIN)

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position; a line holds two timesteps, of which the upper one is meant."""
        band, line = divmod(y, BAND)
        if not 0 <= band < self.bands or not 1 <= line <= LINES:
            return None
        timestep = 2 * (line - 1)
        if MARGIN <= x < MARGIN + SAMPLE_WIDTH:
            return Spot(timestep, None)
        for index in range(self.per_band):
            column = x - self.left(index)
            if 0 <= column < self.columns and band * self.per_band + index < self.maps:
                return Spot(timestep, self.units(column)[0])
        return None
