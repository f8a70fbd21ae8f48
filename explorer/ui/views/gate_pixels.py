"""The pixels of the sample and of the maps as lines of cells."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line


class Pixels:
    """The lines of one frame, each made when it is first needed: they stay while only the cursor moves."""

    def __init__(self, layout: Layout, readings: Readings, dark: bool, tint: palette.Tint) -> None:
        """Prepare to paint.

        Args:
            layout: which units are shown, how wide and how tall; its cursor doesn't matter.
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
            cells = self._sample(number) if index is None else self._map(index, number)
            wide = self._layout.pixel if index is None else self._layout.cell
            if wide > 1:
                cells = [cell for cell in cells for _ in range(wide)]
            line = self._lines[index, number] = Line().cells(cells)
        return line

    def pairs(self, index: int) -> palette.Pairs:
        """How an activation's levels are painted."""
        return palette.pairs(self._readings.answer.infos[index].span, self._dark, self._tint)

    def _sample(self, number: int) -> list[palette.Cell]:
        """The cells of one line of the sample."""
        pairs, inputs = palette.ink_pairs(self._dark, self._tint), self._layout.inputs
        share, pixels = len(pairs) / 256, self._readings.answer.pixels

        def levels(timestep: int) -> list[int]:
            return [int(pixel * share) for pixel in pixels[timestep * inputs : (timestep + 1) * inputs]]

        return self._cells(number, pairs, levels)

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
        upper = number if layout.tall else 2 * number
        uppers = levels(upper)
        if layout.tall:
            return [pairs[one][one] for one in uppers]
        if upper + 1 == layout.timesteps:
            return [palette.upper_half(pairs[one][one]) for one in uppers]
        return [pairs[one][other] for one, other in zip(uppers, levels(upper + 1), strict=True)]
