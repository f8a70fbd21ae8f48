"""The lines of the gates, from the sample's title to the step of the weights."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import NamedTuple

from rich.style import Style

from explorer.runs.events import ActivationInfo
from explorer.ui.views import gate_words as words
from explorer.ui.views.gate_layout import BAR, MARGIN, VALUED, Layout
from explorer.ui.views.gate_pixels import Pixels
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.readout import Named, Readout, short
from explorer.ui.views.saliency import Saliency
from explorer.ui.widgets.line import PLAIN, Line, cut


class Look(NamedTuple):
    """What else the frame depends on."""

    notice: str
    """Why there are no newer readings; empty while there is nothing to say."""
    old: bool
    """Whether newer weights exist that aren't about to be shown."""
    tone: Callable[[str], Style]
    """A style of the theme by its name."""
    seen: int
    """How many timesteps are painted."""
    order: str = ""
    """In which order the units stand, if no border says so."""


class GateLines:
    """One frame of the gates."""

    def __init__(self, look: Look, layout: Layout, readings: Readings, pixels: Pixels) -> None:
        """Prepare to paint these readings, whose pixels are made already, or will be when they are needed."""
        self._look, self._layout, self._readings, self._pixels = look, layout, readings, pixels
        answer = readings.answer
        beside = f"{answer.name} " if layout.compact else "  100%"
        self._reads = look.seen < answer.timesteps
        read = words.unread if self._reads else words.reading
        self._read = read(answer, layout.panel.width - len(beside))
        self._weights = f"weights of step {answer.step:,}"
        units, pooled = layout.units(layout.cursor_column), layout.pooled
        values = [readings.value(index, layout.timestep, units, pooled) for index in range(layout.maps)]
        named = zip(answer.infos, values, strict=True)
        self._readout = Readout(
            layout.timestep,
            layout.timesteps,
            units,
            [(one.name, one.span, value) for one, value in named],
            pooled,
        )
        self._dim, self._cursor = look.tone("gates--dim"), look.tone("gates--cursor")

    def all(self) -> list[Line]:
        """Every line, from the top."""
        layout = self._layout
        if layout.bands == 1:
            return self._band(0, []) + self._below()
        lines, beside = self._band(0, []), self._beside()
        for band in range(1, layout.bands):
            lines += self._band(band, beside[(band - 1) * layout.band :])
        return lines

    def _band(self, band: int, text: list[Line]) -> list[Line]:
        """One band of maps; at the left of the first is the sample, at the left of another perhaps text."""
        layout = self._layout
        lines = [self._title() if band == 0 else Line()]
        lines += [self._sample(number) if band == 0 else Line() for number in range(layout.lines)]
        lines += [self._under() if band == 0 else Line()]
        if layout.legend:
            lines.append(self._sample_scale() if band == 0 else Line())
        if layout.noted:
            lines.append(Line().to(MARGIN).add(words.which(layout), self._dim))
        for number, part in enumerate(text[: len(lines)]):
            lines[number] = part
        if band == 0 and layout.barred:
            self._bar(lines)
        for index in layout.maps_of(band):
            self._map(index, lines)
        return lines

    def _bar(self, lines: list[Line]) -> None:
        """Append where what is held at the cursor was written, on the lines of the sample."""
        layout, sources, title = self._layout, self._readings.sources, lines[0]
        assert sources is not None
        for number in range(layout.lines):
            line = lines[1 + number].to(layout.bar)
            line.extend(self._pixels.bar(number, layout.timestep, self._look.seen))
        names = (f"{sources.memory} from", "from")
        name = next((one for one in names if title.width + len(one) < layout.bar + BAR), names[-1])
        title.to(max(title.width + 1, layout.bar + BAR - len(name))).add(name, self._dim)

    def _map(self, index: int, lines: list[Line]) -> None:
        """Append one map to the lines of its band: title, pixels, the unit's mark, the legend."""
        layout, left = self._layout, self._layout.left(index)
        activation = self._readings.answer.infos[index]
        lines[0].to(left).add(self._name(index, activation), self._look.tone("gates--title"))
        for number in range(layout.lines):
            line = lines[1 + number].to(left - 1).add(self._mark(number), self._cursor)
            line.extend(self._pixels.line(index, number, self._look.seen))
        self._marks(index, lines[1 + layout.lines].to(left))
        if layout.legend:
            self._scale(index, lines[2 + layout.lines].to(left))

    def _marks(self, index: int, line: Line) -> None:
        """The mark of the unit under the cursor; below wide cells without values those at the cursor."""
        layout, span = self._layout, self._readings.answer.infos[index].span
        if layout.valued or layout.cell <= VALUED:
            mark = layout.cursor_column * layout.cell + (layout.cell - 1) // 2
            line.to(line.width + mark).add("▴", self._cursor)
            return
        for column in range(len(layout.spans)):
            here, units = column == layout.cursor_column, layout.units(column)
            value = self._readings.value(index, layout.timestep, units, layout.pooled)
            text = ("▴" if here else " ") + short(value, span, layout.cell - 1)
            line.add(text.ljust(layout.cell), self._cursor if here else self._dim)

    def _name(self, index: int, activation: ActivationInfo) -> str:
        """An activation's letter and name, or the letter alone where the next map's would touch them."""
        layout = self._layout
        last = (index + 1 - layout.shown[0]) % layout.per_band == 0
        room = layout.width - layout.left(index) if last else layout.room + MARGIN - 1
        names = words.names(activation, layout.pooled)
        return next((one for one in names if len(one) <= room), names[-1][: layout.room + MARGIN - 1])

    def _title(self) -> Line:
        """The sample's number, and which class is explained; where neither is below it, its class."""
        if self._readings.saliency:
            return self._explained(self._readings.saliency)
        line = Line().to(MARGIN).add(self._readings.answer.name, self._dim)
        return self._class(line.add(" ")) if self._layout.compact else line

    def _explained(self, saliency: Saliency) -> Line:
        """The sample's number, which class is explained, and the ends of the scale in their colours."""
        answer, room = self._readings.answer, self._layout.panel.width
        name, why, ends = words.why(answer, saliency, room, self._pixels.explains)
        line = Line().to(MARGIN).add(name, self._dim).add(f" {why}", self._judged)
        styles = self._pixels.ends() if len(ends) > 1 else (self._dim,)
        for end, style in zip(ends, styles, strict=True):
            line.add(" ").add(end, style)
        return line

    @property
    def _judged(self) -> Style:
        """The style of what the sample was read as."""
        answer = self._readings.answer
        if answer.label is None or self._reads:
            return PLAIN
        right = answer.label == answer.predicted
        return self._look.tone("gates--right" if right else "gates--wrong")

    def _class(self, line: Line) -> Line:
        """What the sample is and was read as."""
        return line.add(self._read, self._judged)

    def _under(self) -> Line:
        """What is below the sample."""
        line = Line().to(MARGIN)
        if self._layout.compact:
            return self._step(line)
        share = "" if self._reads else f"  {self._readings.answer.probability:.0%}"
        return self._class(line).add(share, self._dim)

    def _step(self, line: Line) -> Line:
        """The step of the weights: dim when newer ones exist that aren't about to be shown."""
        return line.add(self._weights, self._dim) if self._look.old else line.add(self._weights)

    def _mark(self, number: int) -> str:
        """What stands beside a line of a map: the cursor, if it is there."""
        return self._layout.rows.mark(number, self._layout.timestep)

    def _sample(self, number: int) -> Line:
        """One line of the sample, with the cursor beside it."""
        line = Line().add(" ").add(self._mark(number), self._cursor)
        return line.extend(self._pixels.line(None, number, self._look.seen))

    def _sample_scale(self) -> Line:
        """The sample's part of the legend: the ends of its scale; of an image, which units the maps show."""
        layout, inputs, line = self._layout, self._readings.inputs, Line().to(MARGIN)
        if not layout.panel.noted:
            return line.add("" if layout.noted else words.which_units(layout), self._dim)
        if layout.panel.curve:
            low, high = (f"{limit:.4g}" for limit in inputs.limits[0])
            return line.add(low, self._dim).to(MARGIN + layout.panel.width - len(high)).add(high, self._dim)
        before, after = words.scale(layout, self._readings.answer.scaled)
        line.add(before, self._dim)
        if after:
            pairs, bar = self._pixels.inks(), layout.panel.width - len(before) - len(after)
            line.cells(pairs[level][level] for level in even(len(pairs), bar)).add(after, self._dim)
        return line

    def _scale(self, index: int, line: Line) -> None:
        """Which colour stands for which value; where there is no room for the colours, only the ends."""
        layout, pairs = self._layout, self._pixels.pairs(index)
        low, high = (f"{limit:g}" for limit in self._readings.limits(index))
        squashed = "tanh " if self._readings.squashed(index) else ""
        low = squashed + low
        bar = min(layout.columns * layout.cell - len(low) - len(high), len(pairs))
        if bar >= 2:
            colours = (pairs[level][level] for level in even(len(pairs), bar))
            line.add(low, self._dim).cells(colours).add(high, self._dim)
            return
        ends = f"{squashed}±{high}" if low != "0" else f"0–{high}"
        line.add(ends if len(ends) <= layout.room + MARGIN - 1 else "", self._dim)

    def _below(self) -> list[Line]:
        """The values and the step of the weights, below a single band."""
        layout, notice = self._layout, self._look.notice
        room = layout.width - MARGIN
        if layout.below == 1:  # both in one line
            said = len(self._weights) + (len(f" · {notice}") if notice else 0)
            where, named, gap = self._readout.line(room - said - MARGIN)
            whole = len(named) == layout.maps or not notice
            line = self._numbers(where, named, gap).to(layout.width - said) if whole else Line().to(MARGIN)
            return [self._noticed(line)]
        numbers = self._numbers(*self._readout.line(room))
        if not layout.compact:
            ordered = f" · {self._look.order}" if self._look.order else ""
            line = self._noticed(Line().to(MARGIN))
            return [numbers, line.add(cut(ordered, layout.width - line.width), self._dim)]
        return [Line().to(MARGIN).add(cut(notice, room), self._dim) if notice else numbers]

    def _noticed(self, line: Line) -> Line:
        """Append the step of the weights, and why there are no newer ones."""
        self._step(line)
        if self._look.notice:
            line.add(cut(f" · {self._look.notice}", self._layout.width - line.width), self._dim)
        return line

    def _numbers(self, where: str, named: list[Named], gap: str) -> Line:
        """The values under the cursor, in one line."""
        line = Line().to(MARGIN).add(where, self._cursor)
        for name, value in named:
            line.add(f"{gap}{name} ", self._dim).add(value)
        return line

    def _beside(self) -> list[Line]:
        """The values and the step of the weights as a column, below the sample."""
        readout, room = self._readout, self._layout.panel.width
        named = readout.numbers(3)
        letters = max(len(name) for name, _ in named)
        digits = max(len(value) for _, value in named)
        lines = [Line().to(MARGIN).add(text, self._cursor) for text in (readout.place, readout.which)]
        for name, value in named:
            lines.append(Line().to(MARGIN).add(name.ljust(letters + 2), self._dim).add(value.rjust(digits)))
        lines += [Line(), self._step(Line().to(MARGIN))]
        if self._layout.panel.noted:
            lines.append(Line().to(MARGIN).add(words.which_units(self._layout), self._dim))
        said = wrap(self._look.order, room) + wrap(self._look.notice, room)
        lines += [Line().to(MARGIN).add(text, self._dim) for text in said]
        return [Line(), *lines]


def even(levels: int, columns: int) -> list[int]:
    """Levels from the lowest to the highest, evenly over at least two columns."""
    return [column * (levels - 1) // (columns - 1) for column in range(columns)]
