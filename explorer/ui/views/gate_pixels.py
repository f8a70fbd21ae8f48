"""The pixels of the sample and of the maps as lines of cells."""

from __future__ import annotations

from rich.style import Style

from explorer.ui.base.oklab import Rgb
from explorer.ui.views.braille import curve
from explorer.ui.views.gate_layout import BAR, Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.readout import short
from explorer.ui.views.saliency import Saliency
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
        self._lines: dict[tuple[int | None, int, int], Line] = {}

    def line(self, index: int | None, number: int, seen: int) -> Line:
        """One line of a map, or of the sample (None), counted from the top; `seen` timesteps are painted."""
        rows = self._layout.rows
        seen = min(seen - rows.first - number * rows.per_line, rows.per_line)  # of this line
        if seen <= 0:
            return Line()
        line = self._lines.get((index, number, seen))
        if line is None:
            line = self._lines[index, number, seen] = self._line(index, number, seen)
        return line

    def _line(self, index: int | None, number: int, seen: int) -> Line:
        """Make a line, with so many of its timesteps."""
        layout = self._layout
        seen += layout.rows.first + number * layout.per_line
        if index is None and layout.panel.curve:
            return self._curve(number, seen)
        if index is not None and layout.valued and self._tint != "none":
            return self._values(index, number, seen)
        cells = self._sample(number, seen) if index is None else self._map(index, number, seen)
        wide = layout.panel.pixel if index is None else layout.cell
        return Line().cells(cells if wide == 1 else (cell for cell in cells for _ in range(wide)))

    def bar(self, number: int, timestep: int, seen: int) -> Line:
        """One line of the bar: which share of what is held after a timestep was written at its timesteps."""
        sources = self._readings.sources
        assert sources is not None
        pairs = palette.share_pairs(self._dark, self._tint)

        def levels(written_at: int) -> list[int]:
            return [palette.share_level(sources.share(written_at, timestep), len(pairs))]

        cells = self._layout.rows.cells(number, pairs, levels, seen)
        return Line().cells(cell for cell in cells for _ in range(BAR))

    def pairs(self, index: int) -> palette.Pairs:
        """How an activation's levels are painted."""
        return palette.pairs(self._readings.answer.infos[index].span, self._dark, self._tint)

    def ends(self) -> tuple[Style, Style]:
        """How the two ends of the saliency's scale are written, the one below 0 first."""
        scale = palette.scale("open", self._dark) if self._tint == "colour" else ()
        return _written(*scale[:1]), _written(*scale[-1:])

    @property
    def explains(self) -> bool:
        """Whether a saliency can be shown: a curve can have it by its hue alone."""
        return self._tint == "colour" or not self._layout.panel.curve

    def inks(self) -> palette.Pairs:
        """How the sample's levels are painted."""
        return palette.ink_pairs(self._dark, self._tint)

    def _sample(self, number: int, seen: int) -> list[palette.Cell]:
        """The cells of one line of the sample."""
        pairs, group, inputs = self.inks(), self._layout.panel.group, self._readings.inputs
        if self._readings.saliency:
            return self._explained(number, seen, self._readings.saliency)

        def levels(timestep: int) -> list[int]:
            shares, top = inputs.shares(timestep, group), len(pairs) - 1
            return [min(top, int(share * len(pairs))) for share in shares]

        return self._layout.rows.cells(number, pairs, levels, seen)

    def _explained(self, number: int, seen: int, saliency: Saliency) -> list[palette.Cell]:
        """The cells of one line of the sample under its saliency; without hues, of the saliency alone."""
        group, inputs, coloured = self._layout.panel.group, self._readings.inputs, self._tint == "colour"
        pairs = palette.pairs("open", self._dark, self._tint)
        if coloured:
            pairs = palette.blocks(palette.overlay(self._dark))

        def levels(timestep: int) -> list[int]:
            shares = saliency.shares(timestep, group)
            if not coloured:
                return [palette.level(share, -1, 1, len(pairs)) for share in shares]
            return [*map(palette.overlay_level, shares, inputs.shares(timestep, group))]

        return self._layout.rows.cells(number, pairs, levels, seen)

    def _curve(self, number: int, seen: int) -> Line:
        """One line of a sample of one input: a curve in the colour of full ink, or in that of the mean of
        the saliency of its timesteps.
        """
        layout = self._layout
        first = layout.scroll.first + number * layout.per_line
        timesteps = range(max(0, first - 1), min(first + layout.per_line, seen, layout.timesteps))
        shares = [self._readings.inputs.shares(timestep)[0] for timestep in timesteps]
        before = shares.pop(0) if first else None
        saliency, colour = self._readings.saliency, palette.ink(self._dark)[-1]
        if saliency and self.explains:
            speaks = [saliency.shares(timestep)[0] for timestep in timesteps[-len(shares) :]]
            colour = palette.overlay(self._dark)[palette.overlay_level(sum(speaks) / len(speaks), 1)]
        style = Style() if self._tint == "none" else _written(colour)
        return Line().add(curve(shares, before, 4 // layout.per_line, layout.panel.painted), style)

    def _values(self, index: int, number: int, seen: int) -> Line:
        """One line of a map whose cells are wide: their values, as they are now, on their colours."""
        layout, span, line = self._layout, self._readings.answer.infos[index].span, Line()
        timestep = layout.scroll.first + number
        for column, cell in enumerate(self._map(index, number, seen)):
            units, colour = layout.units(column), cell.style.bgcolor
            text = short(self._readings.value(index, timestep, units, layout.pooled), span, layout.cell)
            style = palette.on(palette.parse(colour.name)) if colour else cell.style
            line.add(text.center(layout.cell), style)
        return line

    def _map(self, index: int, number: int, seen: int) -> list[palette.Cell]:
        """The cells of one line of a map."""
        pairs = self.pairs(index)

        def levels(timestep: int) -> list[int]:
            return self._readings.levels(index, timestep, self._layout, len(pairs))

        return self._layout.rows.cells(number, pairs, levels, seen)


def _written(*colour: Rgb) -> Style:
    """Text of a colour; without one, of the widget's own."""
    return Style(color=palette.hex_of(colour[0])) if colour else Style()
