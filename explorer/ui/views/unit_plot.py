"""The curves of a unit with their axes: the sum that its memory is above, its other activations below."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from rich.style import Style

from explorer.ui.views.unit_curves import Limits, column_of, draw, row_of
from explorer.ui.views.unit_data import Curve, OneUnit
from explorer.ui.views.unit_words import number
from explorer.ui.widgets.line import PLAIN, Line

_DOTS: Final = re.compile("[^ ]+")
"""A stretch of a curve's line that has dots."""
_SAME: Final = re.compile(rb"(.)\1*", re.DOTALL)
"""A stretch that belongs to one layer."""
LOWEST: Final = 3
"""The fewest lines of a panel."""

Styles = Callable[[str], Style]
"""The style of a part of the plot: an activation, by its letter, or a mark: `-dim`, `-title`, `-cursor`."""

Runs = list[tuple[str, str]]
"""A line in pieces: text, and of which part of the plot it is; empty: of none."""


class Panel(NamedTuple):
    """Curves with one scale."""

    curves: Sequence[Curve]
    """Those in front first."""
    lines: Sequence[Runs]
    """Each line of the curves, without the cursor."""
    names: Mapping[int, Sequence[Curve]]
    """The curves that end in each line: there stand their names, in the order of their values."""
    labels: Mapping[int, str]
    """What stands left of a line: 0, and the ends of the scale."""
    height: int


class Plot:
    """The curves of one unit in one size: drawn once, with the cursor on any timestep."""

    def __init__(self, one: OneUnit, size: tuple[int, int], seen: int) -> None:
        """Draw so many timesteps of them; `size` is columns and lines, with those of the legend and of the
        axis. The scales are those of all timesteps, so that they stay while more are seen.
        """
        self.one, self.size, self.seen = one, size, seen
        divided = _divided(one, size[1] - 2)
        scales = [Limits.of(curves) for curves, _ in divided]
        self._left = 1 + max(len(_label(end)) for scale in scales for end in scale)
        self._columns = size[0] - self._left - _room([curves for curves, _ in divided], size[0])
        self._panels = [self._panel(*one, scale) for one, scale in zip(divided, scales, strict=True)]

    def _panel(self, curves: Sequence[Curve], height: int, limits: Limits) -> Panel:
        """Draw the curves of a panel; the name of each stands where it ends, so none is beyond the zero line,
        and those that end in one line stand side by side.
        """
        unseen = [math.nan] * (self.one.timesteps - self.seen)
        shown = [[*curve.values[: self.seen], *unseen] for curve in curves]
        drawn = [draw(values, limits, self._columns, height) for values in shown]
        last = self.seen - 1
        names: dict[int, list[Curve]] = {}
        for curve in sorted(curves, key=lambda curve: -curve.values[last]):
            names.setdefault(_row(curve.values[last], limits, height), []).append(curve)
        zero = _row(0.0, limits, height)
        lines = [
            _merged(
                [(curve.colour, lines[row]) for curve, lines in zip(curves, drawn, strict=True)],
                "┈" if row == zero else " ",
            )
            for row in range(height)
        ]
        labels = {0: limits.high, height - 1: limits.low, zero: 0.0}  # 0 goes before an end in its line
        return Panel(curves, lines, names, {row: _label(end) for row, end in labels.items()}, height)

    def at(self, x: int, y: int) -> int | None:
        """The timestep nearest to a position; None beside the curves, and above them."""
        column, last = x - self._left, self.one.timesteps - 1
        if not (0 <= column < self._columns and 0 < y < self.size[1]):
            return None
        return round((2 * column + 0.5) * last / (2 * self._columns - 1)) if last else 0

    def lines(self, timestep: int, style: Styles) -> list[Line]:
        """The legend with the values at a timestep, the panels, and the axis of time."""
        column = column_of(timestep, self.one.timesteps, self._columns) // 2
        lines = [self._legend(timestep, style)]
        for panel in self._panels:
            lines += [self._line(panel, row, column, style) for row in range(panel.height)]
        return [*lines, self._axis(timestep, column, style)]

    def _legend(self, timestep: int, style: Styles) -> Line:
        """The unit, and the name of each curve in its colour, with its value, as far as there is room."""
        curves = [curve for panel in self._panels for curve in reversed(panel.curves)]
        values = [number(curve.values[timestep]) for curve in curves]
        unit = f"unit {self.one.number}"
        whole = sum(5 + len(curve.name + value) for curve, value in zip(curves, values, strict=True))
        mark = "━ " if len(unit) + whole <= self.size[0] else ""
        line = Line().add(unit, style("-title"))
        for curve, value in zip(curves, values, strict=True):
            if line.width + 3 + len(mark + curve.name + value) <= self.size[0]:
                line.add("  ").add(mark + curve.name, style(curve.colour)).add(f" {value}")
        return line

    def _line(self, panel: Panel, row: int, cursor: int, style: Styles) -> Line:
        """One line of a panel: the end of the scale, the curves over the marks, and a curve's name."""
        line = Line().add(panel.labels.get(row, "").rjust(self._left - 1) + " ", style("-dim"))
        for text, name in panel.lines[row]:
            own, at = style(name) if name else PLAIN, self._left + cursor - line.width
            if name in ("", "-dim") and 0 <= at < len(text):
                line.add(text[:at], own).add("┊", style("-cursor")).add(text[at + 1 :], own)
            else:
                line.add(text, own)
        for curve in panel.names.get(row, ()):
            if line.width + 1 + len(curve.name) <= self.size[0]:
                line.add(f" {curve.name}", style(curve.colour))
        return line

    def _axis(self, timestep: int, column: int, style: Styles) -> Line:
        """The timestep under the cursor, between the first and the last one, which give way to it."""
        here, last = f"{timestep + 1:,}", f"{self.one.timesteps:,}"
        begin = self._left + max(0, min(column - len(here) // 2, self._columns - len(here)))
        line = Line().to(self._left)
        if begin > self._left + 1:
            line.add("1", style("-dim"))
        line.to(begin).add(here, style("-cursor"))
        end = self._left + self._columns - len(last)
        return line.to(end).add(last, style("-dim")) if line.width < end else line


def _room(panels: Sequence[Sequence[Curve]], width: int) -> int:
    """Columns for the names: for all of a panel side by side, but not more of a narrow view than two fifths,
    if that is enough for each alone.
    """
    together = max(sum(1 + len(curve.name) for curve in curves) for curves in panels)
    alone = max(1 + len(curve.name) for curves in panels for curve in curves)
    return max(alone, min(together, width * 2 // 5))


def _row(value: float, limits: Limits, height: int) -> int:
    """The line of text in which a value is."""
    return row_of(value, limits, height) // 4


def _merged(layers: Sequence[tuple[str, str]], ground: str) -> Runs:
    """Curves of one line, those in front first, as one; where none has dots, the ground shows."""
    width = len(layers[0][1])
    shown = [("-dim" if ground.strip() else "", ground * width), *reversed(layers)]
    owners = bytearray(width)
    for layer, (_, text) in enumerate(shown[1:], start=1):
        if not text.isspace():
            for dots in _DOTS.finditer(text):
                begin, end = dots.span()
                owners[begin:end] = bytes((layer,)) * (end - begin)
    runs = []
    for same in _SAME.finditer(owners):
        part, text = shown[same[0][0]]
        runs.append((text[same.start() : same.end()], part))
    return runs


def _label(end: float) -> str:
    """The end of a scale."""
    return f"{end + 0.0:g}".replace("-", "−")  # -0.0 + 0.0 is 0.0


def _divided(one: OneUnit, lines: int) -> list[tuple[Sequence[Curve], int]]:
    """Which curves are in which panel, and how many lines each has; where few fit, the sum alone."""
    if not one.summed:
        return [(one.others, lines)]
    others = max(LOWEST, len(one.others), lines * 2 // 5)
    if not one.others or lines - others < LOWEST:
        return [(one.summed, lines)]
    return [(one.summed, lines - others), (one.others, others)]
