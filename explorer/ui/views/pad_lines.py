"""The lines of the pad, and what is said beside it."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nlargest
from typing import Final

from rich.style import Style

from explorer.system.text import printable
from explorer.ui.views.activations import Activations
from explorer.ui.views.pad import Pad
from explorer.ui.views.pad_layout import MARGIN, WORDS, PadLayout
from explorer.ui.views.sheet import Sheet
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line, cut, wrapped

_NAME, _BAR, _GUESSES = 8, 9, 5
Tone = Callable[[str], Style]
"""A style of the view by the name of its component class."""
PEN_LEVEL: Final = -3
"""The colour of the diverging scale that the pen has: the orange that stands for nothing on a pad."""


class PadLines:
    """One frame of the pad."""

    def __init__(
        self, pad: Pad, sheet: Sheet, layout: PadLayout, tone: Tone, dark: bool, tint: palette.Tint
    ) -> None:
        """Prepare to paint a sheet, the pad's."""
        self._pad, self._sheet, self._layout, self._tone = pad, sheet, layout, tone
        self._dark, self._tint = dark, tint

    def all(self, answer: Activations | None, notice: str, pen: bool) -> list[Line]:
        """Every line, from the top.

        Args:
            answer: what the network made of this, or of what was there a moment ago; None: nothing yet.
            notice: why there is nothing newer; empty: there is nothing to say.
            pen: whether the pen is shown.
        """
        layout = self._layout
        lines = [Line().to(MARGIN).add(self._title(), self._tone("draw--strong"))]
        lines += [self._line(number, pen) for number in range(layout.lines)]
        mark = "" if self._sheet.inputs == 1 else "▴"
        lines.append(Line().to(layout.column(self._pad.pen[1])).add(mark, self._tone("draw--cursor")))
        said = self._words(answer, notice, WORDS if layout.beside else layout.panel.width)
        if layout.beside:
            column = MARGIN + layout.panel.width + 1
            lines += [Line() for _ in range(len(said) - len(lines))]
            for line, words in zip(lines, said, strict=False):
                line.to(column).extend(words)
        else:
            lines += said
        return lines

    def _title(self) -> str:
        """What this is, in the place where a test sample has its label."""
        sheet = self._sheet
        if sheet.source is not None:
            return f"sample {sheet.source.index:,}, unchanged"
        return cut(f"drawn: {sheet.name}" if sheet.name else "drawn", self._layout.panel.width)

    def _line(self, number: int, pen: bool) -> Line:
        """One line of pixels: one timestep, or two as half-blocks."""
        layout, pad = self._layout, self._pad
        pairs = palette.ink_pairs(self._dark, self._tint)
        upper = layout.scroll.first + number * layout.per_line
        lower = upper + 1 if not layout.tall and upper + 1 < layout.scroll.last else None
        uppers = self._levels(upper, len(pairs))
        lowers = uppers if layout.tall else None if lower is None else self._levels(lower, len(pairs))
        cells = palette.stacked(pairs, uppers, lowers)
        if pen and self._sheet.inputs > 1 and pad.pen[0] in (upper, lower):
            column = pad.pen[1] // layout.panel.group
            cells[column] = self._pen(cells[column], pad.pen[0] == lower)
        wide = 1 if layout.panel.curve else layout.panel.pixel
        line = Line().add(*self._mark(number, upper, lower))
        return line.cells(cells if wide == 1 else (cell for cell in cells for _ in range(wide)))

    def _levels(self, timestep: int, levels: int) -> list[int]:
        """The colours of one timestep: of a single input, a bar as long as its value."""
        panel = self._layout.panel
        if panel.curve:
            length = round(self._sheet.shares(timestep)[0] * panel.painted)
            return [levels - 1] * length + [0] * (panel.painted - length)
        return [palette.level(share, 0, 1, levels) for share in self._sheet.shares(timestep, panel.group)]

    def _mark(self, number: int, upper: int, lower: int | None) -> tuple[str, Style]:
        """What stands beside a line: the pen, or that the line belongs to the stretch that is marked."""
        line, mark = self._layout.pen_mark(self._pad.pen[0])
        marked = self._pad.mark is not None and any(
            self._pad.stretch.first <= timestep <= self._pad.stretch.last
            for timestep in (upper, upper if lower is None else lower)
        )
        return mark if line == number else "│" if marked else " ", self._tone("draw--cursor")

    def _pen(self, cell: palette.Cell, lower: bool) -> palette.Cell:
        """A pixel with the pen on it."""
        if self._tint == "none":
            return palette.Cell("+", cell.style)
        colour = palette.scale("open", self._dark)[PEN_LEVEL]
        if self._layout.tall:
            return palette.block(colour, colour)
        colours = [one.get_truecolor() for one in (cell.style.color, cell.style.bgcolor) if one]
        other = tuple(colours[0] if lower else colours[-1]) if colours else colour
        return palette.block(other, colour) if lower else palette.block(colour, other)

    def _words(self, answer: Activations | None, notice: str, room: int) -> list[Line]:
        """What the network made of it, and what the pen does."""
        pad, sheet = self._pad, self._sheet
        dim = self._tone("draw--dim")
        tool = f"{pad.tool}, {'down' if pad.down else 'up'}"
        timestep, channel = pad.pen
        at = f"timestep {timestep + 1}" + ("" if sheet.inputs == 1 else f", input {channel}")
        value = f"{sheet.at(*pad.pen):.4g}"
        marked = pad.stretch
        stretch = "" if pad.mark is None else f"marked {marked.first + 1}–{marked.last + 1}"
        if not self._layout.beside:
            first = self._read(answer, room)
            pen = Line().add(cut(f"{tool} · {at}: {value}", room), dim)
            return [first, pen, Line().add(cut(notice or stretch, room), dim)]
        lines = [self._read(answer, room), Line()]
        for name, share in _guesses(answer):
            bar = "█" * round(_BAR * share)
            lines.append(Line().add(cut(name, _NAME)).to(_NAME + 1).add(f"{bar:<{_BAR}} {share:4.0%}"))
        low, high = sheet.scales[channel]
        scale = "" if sheet.image else f"scale {low:.4g} to {high:.4g}"
        said = [tool, at, value, scale, stretch, *wrapped(notice, room)]
        return [*lines, Line(), *(Line().add(cut(one, room), dim) for one in said if one)]

    def _read(self, answer: Activations | None, room: int) -> Line:
        """What it was read as; of a test sample, in the colour of right or wrong."""
        if answer is None:
            return Line()
        share = f"  {answer.probability:.0%}"
        read = cut(f"read as {printable(answer.classes[answer.predicted])}", room - len(share))
        tone = "strong" if answer.label is None else "right" if answer.label == answer.predicted else "wrong"
        return Line().add(read, self._tone(f"draw--{tone}")).add(share, self._tone("draw--dim"))


def _guesses(answer: Activations | None) -> list[tuple[str, float]]:
    """The likeliest classes, with their shares."""
    shares = enumerate(answer.scores.tolist()) if answer else ()
    first = nlargest(_GUESSES, shares, key=lambda pair: (pair[1], -pair[0]))
    return [(printable(answer.classes[k]), min(1.0, max(0.0, share))) for k, share in first] if answer else []
