"""The pixels of the sample and of the maps as lines of cells."""

from __future__ import annotations

from collections.abc import Callable

from rich.style import Style

from explorer.ui.views.braille import curve
from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line


class Pixels:
    """The lines of one frame, each made when it is first needed: they stay while only the cursor moves."""

    def __init__(self, layout: Layout, readings: Readings, dark: bool, tint: palette.Tint) -> None:
        """Prepare to paint.

        Args:
            layout: which units and timesteps are shown, how wide and how tall; its cursor matters only for
                the pages that it is on.
            readings: what is shown.
            dark: whether the theme is dark.
            tint: which colours the terminal can show.
        """
        self._layout, self._readings, self._dark, self._tint = layout, readings, dark, tint
        self._lines: dict[tuple[int | None, int], Line] = {}

    def line(self, index: int | None, number: int) -> Line:
        """One line of a map, or of the sample (None), counted from the top."""
        line = self._lines.get((index, number))
        if line is None:
            line = self._lines[index, number] = self._line(index, number)
        return line

    def _line(self, index: int | None, number: int) -> Line:
        """Make a line."""
        layout = self._layout
        if index is None and layout.panel.curve:
            return self._curve(number)
        cells = self._sample(number) if index is None else self._map(index, number)
        wide = layout.panel.pixel if index is None else layout.cell
        return Line().cells(cells if wide == 1 else (cell for cell in cells for _ in range(wide)))

    def pairs(self, index: int) -> palette.Pairs:
        """How an activation's levels are painted."""
        return palette.pairs(self._readings.answer.infos[index].span, self._dark, self._tint)

    def inks(self) -> palette.Pairs:
        """How the sample's levels are painted."""
        return palette.ink_pairs(self._dark, self._tint)

    def _sample(self, number: int) -> list[palette.Cell]:
        """The cells of one line of the sample."""
        pairs, group, inputs = self.inks(), self._layout.panel.group, self._readings.inputs

        def levels(timestep: int) -> list[int]:
            shares, top = inputs.shares(timestep, group), len(pairs) - 1
            return [min(top, int(share * len(pairs))) for share in shares]

        return self._cells(number, pairs, levels)

    def _curve(self, number: int) -> Line:
        """One line of a sample of one input: a curve in the colour of full ink."""
        layout = self._layout
        first = layout.scroll.first + number * layout.per_line
        timesteps = range(max(0, first - 1), min(first + layout.per_line, layout.timesteps))
        shares = [self._readings.inputs.shares(timestep)[0] for timestep in timesteps]
        before = shares.pop(0) if first else None
        style = Style() if self._tint == "none" else Style(color=palette.hex_of(palette.ink(self._dark)[-1]))
        return Line().add(curve(shares, before, 4 // layout.per_line, layout.panel.painted), style)

    def _map(self, index: int, number: int) -> list[palette.Cell]:
        """The cells of one line of a map."""
        pairs = self.pairs(index)

        def levels(timestep: int) -> list[int]:
            return self._readings.levels(index, timestep, self._layout, len(pairs))

        return self._cells(number, pairs, levels)

    def _cells(
        self, number: int, pairs: palette.Pairs, levels: Callable[[int], list[int]]
    ) -> list[palette.Cell]:
        """The cells of one line, given the colours of a timestep: one timestep each, or two.

        Of an odd number of timesteps, the last has a line of which only the upper half is painted.
        """
        layout = self._layout
        upper = layout.scroll.first + number * layout.per_line
        uppers = levels(upper)
        if layout.tall:
            return [pairs[one][one] for one in uppers]
        if upper + 1 == layout.timesteps:
            return [palette.upper_half(pairs[one][one]) for one in uppers]
        return [pairs[one][other] for one, other in zip(uppers, levels(upper + 1), strict=True)]
