"""The sample, the beliefs and the maps of the comparison, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from rich.style import Style

from explorer.runs.events import ActivationInfo
from explorer.ui.views.braille import curve
from explorer.ui.views.comparison import Comparison
from explorer.ui.views.comparison_layout import Layout
from explorer.ui.views.way import Way
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line, cut, wrapped

DIFFERENCE: Final = 2
"""The place of the difference, after the two ways."""


class Title(NamedTuple):
    """What a way is called."""

    forms: Sequence[str]
    """The fullest first; the first one that fits is shown."""
    tone: str
    """The name of its style."""


class Look(NamedTuple):
    """What else the frame depends on."""

    letter: str
    """Which activation the maps show; where a cell hasn't it, or if it is empty: the memory."""
    notice: str
    """Why there is nothing newer; empty while there is nothing to say."""
    titles: Mapping[int, Title]
    """What the ways are called, by their places; also of one that is missing."""
    instead: Mapping[int, Sequence[tuple[str, str]]]
    """What stands where a way is missing: keys, and what each does; or a text without a key."""
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
    between: str = " → "
    """What stands between the values of both ways."""


class Shown(NamedTuple):
    """A way in its place."""

    way: Way
    activation: int
    """Which one its map shows."""
    layout: Layout
    """Which units, and where."""
    classes: list[int]
    """The classes of its belief."""

    @property
    def info(self) -> ActivationInfo:
        """What its map shows."""
        return self.way.answer.infos[self.activation]


def shown_of(
    comparison: Comparison, layout: Layout, letter: str, class_number: int | None
) -> dict[int, Shown]:
    """What is shown of each way that there is, by its place: the first at the left, then the second."""
    classes = iter(comparison.columns(layout.shown, class_number))
    return {
        place: Shown(way, way.activation(letter), layout.of(way.answer.hidden), next(classes))
        for place, way in enumerate((comparison.first, comparison.second))
        if way
    }


class Maps:
    """What is painted of one frame."""

    def __init__(
        self, look: Look, layout: Layout, comparison: Comparison, shown: Mapping[int, Shown]
    ) -> None:
        """Prepare to paint what is shown of a comparison."""
        self._look, self._layout, self._comparison, self._shown = look, layout, comparison, shown
        self._cursor, self._dim = look.tone("cursor"), look.tone("dim")
        self._gap = wrapped(comparison.gap(look.letter), layout.room)

    def line(self, number: int) -> Line:
        """One line of everything, counted from the top."""
        line = self._sample(number)
        for place in range(DIFFERENCE):
            if place in self._shown:
                self._way(line, number, place, self._shown[place])
            else:
                self._instead(line, number, place)
        if self._comparison.both:
            self._difference(line, number)
        return line

    def _instead(self, line: Line, number: int, place: int) -> None:
        """Append one line of what stands in the place of a way that is missing."""
        offers = self._look.instead.get(place, ())
        if number < len(offers):
            wide = max(len(key) for key, _ in offers)
            end = self._layout.width if place else self._layout.left(1) - 1
            key, tip = offers[number]
            line.to(self._layout.left(place)).add(key.ljust(wide + 2 if wide else 0), self._look.tone("key"))
            line.add(cut(tip, end - line.width), self._dim)

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

    def _way(self, line: Line, number: int, place: int, shown: Shown) -> None:
        """Append one line of a way's belief and map."""
        way, layout = shown.way, shown.layout
        pairs = palette.pairs(shown.info.span, self._look.dark, self._look.tint)
        shares = palette.pairs("unit", self._look.dark, self._look.tint)

        def belief(timestep: int) -> list[int]:
            row = way.beliefs.row(timestep)
            return [palette.level(row[k], 0.0, 1.0, len(shares)) for k in shown.classes]

        def units(timestep: int) -> list[int]:
            return way.readings.levels(shown.activation, timestep, layout, len(pairs))

        self._belief(line, number, place, way.timesteps, shares, belief)
        self._map(line, number, place, way.timesteps, pairs, units, layout.cell)

    def _difference(self, line: Line, number: int) -> None:
        """Append one line of how belief and map differ, or why they don't."""
        comparison, layout, letter = self._comparison, self._layout, self._look.letter
        pairs = palette.pairs("signed", self._look.dark, self._look.tint)

        def belief(timestep: int) -> list[int]:
            return comparison.belief_levels(timestep, self._shown[0].classes, len(pairs))

        def units(timestep: int) -> list[int]:
            return comparison.levels(letter, timestep, layout, len(pairs))

        if comparison.same_classes:
            self._belief(line, number, DIFFERENCE, comparison.shared, pairs, belief)
        if not comparison.gap(letter):
            self._map(line, number, DIFFERENCE, comparison.shared, pairs, units, layout.cell)
        elif number < len(self._gap):
            line.to(layout.map_left(DIFFERENCE)).add(self._gap[number], self._dim)

    def _belief(
        self,
        line: Line,
        number: int,
        place: int,
        timesteps: int,
        pairs: palette.Pairs,
        levels: Callable[[int], list[int]],
    ) -> None:
        """Append one line of a belief of so many timesteps, with the cursor beside it."""
        layout, seen = self._layout, min(self._look.seen, timesteps)
        line.to(layout.left(place) - 1).add(layout.rows.mark(number, layout.timestep), self._cursor)
        cells = layout.rows.cells(number, pairs, levels, seen)
        line.cells(one for one in cells for _ in range(layout.belief_cell))

    def _map(
        self,
        line: Line,
        number: int,
        place: int,
        timesteps: int,
        pairs: palette.Pairs,
        levels: Callable[[int], list[int]],
        wide: int,
    ) -> None:
        """Append one line of a map of so many timesteps; each unit is so many columns wide."""
        layout, seen = self._layout, min(self._look.seen, timesteps)
        cells = layout.rows.cells(number, pairs, levels, seen)
        line.to(layout.map_left(place)).cells(one for one in cells for _ in range(wide))
