"""The sample, the beliefs and the maps of the comparison, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.style import Style

from explorer.ui.views.braille import curve
from explorer.ui.views.comparison import Comparison, Way
from explorer.ui.views.comparison_layout import Layout
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line

DIFFERENCE = 2
"""The place of the difference, after without and with."""


class Look(NamedTuple):
    """What else the frame depends on."""

    activation: int
    """Which activation the maps show."""
    notice: str
    """Why there is nothing newer; empty while there is nothing to say."""
    offers: Sequence[tuple[str, str]]
    """Keys that change something, and what each does: shown while nothing is changed."""
    seen: int
    """How many timesteps are read by now: those after them aren't painted."""
    dark: bool
    tint: palette.Tint
    tone: Callable[[str], Style]
    """A style of the theme by its name."""
    order: str = ""
    """In which order the units stand, if no border says so."""
    class_number: int | None = None
    """The class under the cursor; None: none is chosen."""
    undo: Sequence[str] = ()
    """How a change is taken back, the longest way to say it first."""


def places_of(comparison: Comparison) -> list[tuple[int, Way]]:
    """The ways that there are, each with its place: without at the left, then with."""
    return [(place, way) for place, way in enumerate((comparison.without, comparison.changed)) if way]


class Maps:
    """What is painted of one frame."""

    def __init__(self, look: Look, layout: Layout, comparison: Comparison, shown: list[int]) -> None:
        """Prepare to paint a comparison; `shown` are the classes of the beliefs."""
        self._look, self._layout, self._comparison, self._shown = look, layout, comparison, shown
        self._cursor = look.tone("cursor")
        self._info = comparison.answer.infos[look.activation]

    def line(self, number: int) -> Line:
        """One line of everything, counted from the top."""
        line = self._sample(number)
        for place, way in places_of(self._comparison):
            self._way(line, number, place, way)
        if self._comparison.both:
            self._difference(line, number)
        return line

    def _sample(self, number: int) -> Line:
        """One line of the sample, with the cursor beside it."""
        layout, panel, inputs = self._layout, self._layout.panel, self._comparison.ways[-1].readings.inputs
        if panel is None:
            return Line()
        mine, seen = layout.rows, min(self._look.seen, self._comparison.answer.timesteps)
        line = Line().add(" ").add(layout.rows.mark(number, layout.timestep), self._cursor)
        if panel.curve:
            first = mine.first + number * mine.per_line
            timesteps = range(max(0, first - 1), min(first + mine.per_line, seen))
            shares = [inputs.shares(timestep)[0] for timestep in timesteps]
            before = shares.pop(0) if first and shares else None
            return line.add(curve(shares, before, 4 // mine.per_line, panel.painted)) if shares else line
        pairs = palette.ink_pairs(self._look.dark, self._look.tint)

        def levels(timestep: int) -> list[int]:
            return [
                min(len(pairs) - 1, int(one * len(pairs))) for one in inputs.shares(timestep, panel.group)
            ]

        return line.cells(one for one in mine.cells(number, pairs, levels, seen) for _ in range(panel.pixel))

    def _way(self, line: Line, number: int, place: int, way: Way) -> None:
        """Append one line of a way's belief and map."""
        pairs = palette.pairs(self._info.span, self._look.dark, self._look.tint)
        shares = palette.pairs("unit", self._look.dark, self._look.tint)

        def belief(timestep: int) -> list[int]:
            row = way.beliefs.row(timestep)
            return [palette.level(row[k], 0.0, 1.0, len(shares)) for k in self._shown]

        def units(timestep: int) -> list[int]:
            return way.readings.levels(self._look.activation, timestep, self._layout, len(pairs))

        self._maps(line, number, place, way.timesteps, (shares, belief), (pairs, units))

    def _difference(self, line: Line, number: int) -> None:
        """Append one line of how belief and map differ."""
        comparison, activation = self._comparison, self._look.activation
        pairs = palette.pairs("signed", self._look.dark, self._look.tint)

        def belief(timestep: int) -> list[int]:
            return comparison.belief_levels(timestep, self._shown, len(pairs))

        def units(timestep: int) -> list[int]:
            return comparison.levels(activation, timestep, self._layout, len(pairs))

        self._maps(line, number, DIFFERENCE, comparison.shared, (pairs, belief), (pairs, units))

    def _maps(
        self,
        line: Line,
        number: int,
        place: int,
        timesteps: int,
        belief: tuple[palette.Pairs, Callable[[int], list[int]]],
        units: tuple[palette.Pairs, Callable[[int], list[int]]],
    ) -> None:
        """Append one line of a belief and of a map, of so many timesteps, with the cursor beside it."""
        layout = self._layout
        rows, seen = layout.rows, min(self._look.seen, timesteps)
        line.to(layout.left(place) - 1).add(layout.rows.mark(number, layout.timestep), self._cursor)
        line.cells(one for one in rows.cells(number, *belief, seen) for _ in range(layout.belief_cell))
        line.to(layout.map_left(place))
        line.cells(one for one in rows.cells(number, *units, seen) for _ in range(layout.cell))
