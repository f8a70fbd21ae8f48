"""A sample and a map of each activation beside it: what is on one line belongs to the same timesteps."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.reactive import var
from textual.strip import Strip

from explorer.protocol.messages import Probed
from explorer.runs.events import ActivationInfo
from explorer.runs.text import printable
from explorer.ui.views.heatmap import LINES, MARGIN, SAMPLE_WIDTH, TIMESTEPS, Layout, Readings
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted


class Gates(Painted, can_focus=True):
    """One test sample, read with the live weights; the cursor is a timestep and a unit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Timestep up", show=False),
        Binding("down,j", "move(1, 0)", "Timestep down", show=False),
        Binding("left,h", "move(0, -1)", "Unit left", show=False),
        Binding("right,l", "move(0, 1)", "Unit right", show=False),
        Binding("home", "edge(0)", "First timestep", show=False),
        Binding("end", "edge(27)", "Last timestep", show=False),
        Binding("u", "overview", "All units / single units", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "gates--dim",
        "gates--title",
        "gates--cursor",
        "gates--right",
        "gates--wrong",
    }

    timestep: var[int] = var(TIMESTEPS - 1)
    """The timestep under the cursor, 0..27."""
    unit: var[int] = var(0)
    """The unit under the cursor."""
    overview: var[bool] = var(False)
    """Whether all units are shown, several to a column."""
    notice: str = "waiting for the engine …"
    """What to say while there is nothing to show."""

    readings: Readings | None = None

    def __init__(self, *, id: str, classes: str) -> None:
        """Start with nothing to show."""
        super().__init__(id=id, classes=classes)
        self._painted: dict[tuple[int | None, int], Line] = {}
        self._lines_of: dict[tuple[object, ...], dict[tuple[int | None, int], Line]] = {}
        """The maps' lines in the two newest frames: a move of the cursor, and the way back, reuse them."""

    def show(self, answer: Probed, learning: bool = False) -> None:
        """Show a sample's activations; while learning, what has hardly moved stays as it is."""
        self.readings = Readings(answer, self.readings if learning else None)
        self.unit = min(self.unit, answer.hidden - 1)
        self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason."""
        self.readings, self.notice = None, printable(notice)
        self.repaint()

    def watch_timestep(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def watch_unit(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def watch_overview(self) -> None:
        """Paint the other choice of units."""
        self.repaint()

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor within the maps; in the overview, it moves by columns, not by units."""
        self.timestep = min(TIMESTEPS - 1, max(0, self.timestep + down))
        layout = self._layout()
        if layout and right:
            column = min(layout.columns - 1, max(0, layout.cursor_column + right))
            single = min(layout.hidden - 1, max(0, self.unit + right))
            self.unit = layout.units(column)[0] if self.overview else single

    def action_edge(self, timestep: int) -> None:
        """Move the cursor to the first or the last timestep."""
        self.timestep = timestep

    def action_overview(self) -> None:
        """Show all units, or single ones."""
        self.overview = not self.overview

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse points."""
        layout, offset = self._layout(), event.get_content_offset(self)
        spot = layout.spot(offset.x, offset.y) if layout and offset else None
        if spot:
            self.timestep = spot.timestep
            self.unit = self.unit if spot.unit is None else spot.unit

    def _layout(self) -> Layout | None:
        """Where everything is; None while there is nothing to show."""
        if self.readings is None:
            return None
        answer = self.readings.answer
        width, height = self.size
        return Layout.fit(width, height, len(answer.activations), answer.hidden, self.unit, self.overview)

    def paint(self, width: int, height: int) -> list[Strip]:
        """The sample and its maps, then the values under the cursor."""
        layout, readings = self._layout(), self.readings
        if layout is None or readings is None:
            return [Line().add(f" {self.notice}", self.tone("gates--dim")).strip(width)]
        shown = (readings, layout.first_unit, layout.columns, layout.overview, self.dark, self.tint)
        self._painted = self._lines_of.pop(shown, {})
        self._lines_of = dict([*self._lines_of.items()][-1:]) | {shown: self._painted}
        lines = []
        for band in range(layout.bands):
            lines.extend(self._band(band, layout, readings))
        values = self._values(layout, readings, width)
        return [line.strip(width) for line in [*lines, *values]]

    def _band(self, band: int, layout: Layout, readings: Readings) -> list[Line]:
        """One band of maps, with the sample at its left."""
        maps = range(band * layout.per_band, min(layout.maps, (band + 1) * layout.per_band))
        lines = [self._titles(band, maps, layout, readings)]
        lines.extend(self._pixels(line, maps, layout, readings) for line in range(LINES))
        lines.append(self._under(band, maps, layout, readings))
        lines.append(self._legend(band, maps, layout, readings))
        return lines

    def _titles(self, band: int, maps: range, layout: Layout, readings: Readings) -> Line:
        """The sample's number, and the activations' names as far as they fit."""
        answer = readings.answer
        line = Line().to(MARGIN)
        if band == 0:
            line.add(f"sample {answer.index:,} of {answer.count:,}", self.tone("gates--dim"))
        for index in maps:
            line.to(layout.left(index)).add(
                _title(answer.activations[index], layout.columns), self.tone("gates--title")
            )
        return line

    def _pixels(self, number: int, maps: range, layout: Layout, readings: Readings) -> Line:
        """One line of text: two timesteps of the sample and of every map."""
        upper, lower = 2 * number, 2 * number + 1
        mark = "▝" if self.timestep == upper else "▗" if self.timestep == lower else " "
        cursor = self.tone("gates--cursor")
        line = Line().add(" ").add(mark, cursor).extend(self._blocks(None, number, layout, readings))
        for index in maps:
            line.to(layout.left(index) - 1).add(mark, cursor)
            line.extend(self._blocks(index, number, layout, readings))
        return line

    def _blocks(self, index: int | None, number: int, layout: Layout, readings: Readings) -> Line:
        """One line of a map, or of the sample: kept, so a move of the cursor needn't compute it again."""
        line = self._painted.get((index, number))
        if line is None:
            cells = self._cells(index, number, layout, readings)
            line = self._painted[index, number] = Line().cells(cells)
        return line

    def _cells(
        self, index: int | None, number: int, layout: Layout, readings: Readings
    ) -> list[palette.Cell]:
        """The cells of one line of a map, or of the sample: each is two pixels, one above the other."""
        upper, lower = 2 * number, 2 * number + 1
        if index is None:
            pairs = palette.ink_pairs(self.dark, self.tint)
            share, pixels = len(pairs) / 256, readings.answer.pixels
            starts = (upper * TIMESTEPS, lower * TIMESTEPS)
            uppers, lowers = (
                [int(pixel * share) for pixel in pixels[start : start + SAMPLE_WIDTH]] for start in starts
            )
        else:
            pairs = palette.pairs(readings.answer.activations[index].span, self.dark, self.tint)
            uppers = readings.levels(index, upper, layout, len(pairs))
            lowers = readings.levels(index, lower, layout, len(pairs))
        return [pairs[one][other] for one, other in zip(uppers, lowers, strict=True)]

    def _under(self, band: int, maps: range, layout: Layout, readings: Readings) -> Line:
        """What the sample is and was read as, and a mark under the cursor's unit."""
        line = Line().to(MARGIN)
        if band == 0:
            answer = readings.answer
            best = max(range(len(answer.scores)), key=answer.scores.__getitem__)
            tone = "gates--right" if best == answer.label else "gates--wrong"
            line.add(f"is {answer.label}, read as {best}", self.tone(tone))
            line.add(f"  {answer.scores[best]:.0%}", self.tone("gates--dim"))
        for index in maps:
            line.to(layout.left(index) + layout.cursor_column).add("▴", self.tone("gates--cursor"))
        return line

    def _legend(self, band: int, maps: range, layout: Layout, readings: Readings) -> Line:
        """Which colour stands for which value."""
        dim = self.tone("gates--dim")
        line = Line().to(MARGIN)
        if band == 0:
            line.add(self._which_units(layout), dim)
        for index in maps:
            pairs = palette.pairs(readings.answer.activations[index].span, self.dark, self.tint)
            low, high = (f"{limit:g}" for limit in readings.limits(index))
            bar = min(layout.columns - len(low) - len(high), len(pairs))
            line.to(layout.left(index))
            if bar < 2:
                line.add(f"±{high}"[: layout.columns] if low != "0" else "0–1"[: layout.columns], dim)
                continue
            line.add(low, dim)
            levels = (column * (len(pairs) - 1) // (bar - 1) for column in range(bar))
            line.cells(pairs[level][level] for level in levels)
            line.add(high, dim)
        return line

    def _which_units(self, layout: Layout) -> str:
        """Which units the columns show."""
        if layout.columns == layout.hidden:
            return f"all {layout.hidden} units"
        if layout.overview:
            return f"{layout.hidden} units, {layout.hidden / layout.columns:.1f} a column"
        first = layout.first_unit
        return f"units {first}–{first + layout.columns - 1} of {layout.hidden}"

    def _values(self, layout: Layout, readings: Readings, width: int) -> list[Line]:
        """The values under the cursor, with as many decimals as fit into one line."""
        first, last = layout.units(layout.cursor_column)
        which = f"unit {first}" if last - first == 1 else f"units {first}–{last - 1} (mean)"
        where = f"timestep {self.timestep + 1} of {TIMESTEPS} · {which}"
        activations = readings.answer.activations
        count = len(activations)
        values = [readings.value(index, self.timestep, first, last) for index in range(count)]
        names = sum(len(activation.name) for activation in activations)
        room = width - MARGIN - len(where) - names - 4 * count
        decimals = 3 if room >= 5 * count else 2 if room >= 4 * count else 1
        line = Line().to(MARGIN).add(where, self.tone("gates--cursor")).add(" ")
        for activation, value in zip(activations, values, strict=True):
            line.add(f"  {activation.name} ", self.tone("gates--dim")).add(f"{value:+.{decimals}f}")
        return [line]


def _title(activation: ActivationInfo, width: int) -> str:
    """An activation's letter and name, or the letter alone where there is no room."""
    full = f"{activation.name} {activation.label}"
    return full if len(full) <= width + MARGIN - 1 else activation.name
