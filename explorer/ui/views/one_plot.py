"""One plot as text: its title, its curves beside their axis, and what lies to the right below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from explorer.runs.decimate import Points, Window
from explorer.runs.history import History
from explorer.runs.over import places
from explorer.ui.base.oklab import Rgb
from explorer.ui.views import rulers
from explorer.ui.views.clip import line_within, points_within
from explorer.ui.views.curve_panels import FARTHEST, Panel, name_of
from explorer.ui.views.curve_points import CurvePoints, points_of, window_of
from explorer.ui.views.curve_range import Upright
from explorer.ui.views.curve_title import Ink, title
from explorer.ui.views.layer import layer
from explorer.ui.views.look import Look, Range
from explorer.ui.views.plot_axis import axis_below, column_at, marks_of
from explorer.ui.views.range_rulers import between
from explorer.ui.views.rulers import Ruler
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import hex_of

LABELS = 4
"""Columns of a plot that aren't its curves': the labels, mostly of three characters, and the axis."""
_FRAME = 3
"""Lines of a plot that aren't its curves': the title, the axis to the right, and its labels."""


class Wanted(NamedTuple):
    """Points to be drawn."""

    points: Points
    marker: str
    """As `layer` has it."""
    colour: Rgb


class Drawn(NamedTuple):
    """Points that were drawn, as lines of the plot's size."""

    lines: list[str]
    colour: Rgb


class Frame(NamedTuple):
    """Where the curves of a plot are, and the vertical axis beside them."""

    upright: Upright
    """The vertical axis, with its lines."""
    labels: dict[int, str]
    """The labels of the vertical axis by their lines."""
    window: Window
    margin: int
    """Columns of the longest of them."""

    @classmethod
    def of(cls, points: CurvePoints, panel: Panel, look: Look, size: tuple[int, int]) -> Frame:
        """The frame of a plot in so many columns and lines, at least 20 and 5."""
        width, rows, name = size[0], size[1] - _FRAME, name_of(panel)
        upright = _upright(points, name, look.range_of(name), rows)
        labels = {upright.shown.line(value, rows): label for value, label in upright.shown.ticks}
        margin = max(map(len, labels.values()))
        window = Window(points.window.first, points.window.last, width - margin - 1)
        return cls(upright, labels, window, margin)

    @property
    def rows(self) -> int:
        """How many lines it has."""
        return self.upright.rows


class Plot(NamedTuple):
    """A plot that was drawn."""

    lines: list[Strip]
    margin: int
    """Columns left of the curves."""
    columns: int
    upright: Upright
    """The vertical axis, with its lines."""


def stops_in(history: History, look: Look, window: Window) -> tuple[tuple[int, int], ...]:
    """The column and the step of the newest batch of each column that has one."""
    steps = history.train.steps
    xs = places(history, look.over, steps)
    newest = (end - 1 for _, _, end in window.stretches(xs))
    return tuple((column_at(xs[index], window), int(steps[index])) for index in newest)


def draw_plot(history: History, panel: Panel, look: Look, size: tuple[int, int], ink: Ink) -> Plot:
    """Draw one plot in so many columns and lines, at least 20 and 5."""
    points = points_of(history, panel, look, window_of(history, look, size[0] - LABELS))
    frame = Frame.of(points, panel, look, size)
    wanted = wanted_of(points, ink)
    if len(points.curves) == 1 and not points.curves[0].single:
        wanted.append(Wanted(points.curves[0].band, "braille", ink.band))
    below = axis_below(frame.window, frame.margin, look, ink, marks_of(history, points, look, ink))
    return framed(frame, title(panel, points, look, size[0], ink), drawn(wanted, frame), below, ink)


def framed(frame: Frame, heading: Line, layers: Sequence[Drawn], below: Sequence[Line], ink: Ink) -> Plot:
    """A plot: its title, what was drawn of it, the first in front, beside its axis, and what is below."""
    axis, columns = Style(color=hex_of(ink.axis)), frame.window.columns
    lines = [heading]
    for row, cells in enumerate(_stacked(layers, columns, frame.rows)):
        label = frame.labels.get(row, "")
        lines.append(Line().add(label.rjust(frame.margin) + ("┤" if label else "│"), axis).extend(cells))
    width = frame.margin + 1 + columns
    strips = [line.strip(width) for line in (*lines, *below)]
    return Plot(strips, frame.margin + 1, columns, frame.upright)


def _upright(points: CurvePoints, name: str, shown: Range | None, rows: int) -> Upright:
    """The vertical axis, with all values or with those that were chosen."""
    whole, farthest = _ruler(points, rows), FARTHEST[points.scale]
    if shown is None:
        return Upright(name, rows, whole, whole, farthest)
    ruler = between(shown.low, shown.high, rows, points.scale in ("log", "error"))
    return Upright(name, rows, ruler, whole, farthest)


def _ruler(points: CurvePoints, rows: int) -> Ruler:
    """The vertical axis."""
    match points.scale:
        case "percent":
            return rulers.percents(points.values, points.usual, rows)
        case "linear":
            return rulers.linear(points.values, rows)
    return rulers.losses(points.values, rows)


def wanted_of(points: CurvePoints, ink: Ink) -> list[Wanted]:
    """The curves of a run without their band, what is in front first."""
    wanted = [Wanted(points.part, "○", ink.test), Wanted(points.test, "●", ink.test)]
    for number, curve in enumerate(points.curves):
        if curve.single:
            wanted.append(Wanted(curve.band, "•", ink.line(number)))
        wanted.append(Wanted(curve.line, "braille", ink.line(number)))
    return wanted


def drawn(wanted: Sequence[Wanted], frame: Frame) -> list[Drawn]:
    """Curves as lines of the plot's size; the last step is at the right edge.

    Each is drawn by itself: in one figure, plotext would add the band's dots to the line's wherever both
    are in one cell, and the line would be as thick as the cell.
    """
    ruler, window, size = frame.upright.shown, frame.window, (frame.window.columns, frame.rows)
    limits = ((window.first, window.last), (ruler.low, ruler.high))
    inside = ((_inside(points, marker, frame.upright), marker, colour) for points, marker, colour in wanted)
    return [
        Drawn(layer((xs, ys), marker, limits, size), colour)
        for (xs, ys), marker, colour in inside
        if not all(map(math.isnan, ys))
    ]


def _stacked(layers: Sequence[Drawn], columns: int, rows: int) -> list[Line]:
    """What was drawn, one in front of the other, as lines of exactly this size."""
    styles = [Style(color=hex_of(layer.colour)) for layer in layers]
    lines = [Line() for _ in range(rows)]
    for row, line in enumerate(lines):
        texts = [layer.lines[row] for layer in layers]
        for column in range(columns):
            there = (
                (text[column], style)
                for text, style in zip(texts, styles, strict=True)
                if text[column] != " "
            )
            line.add(*next(there, (" ", PLAIN)))
    return lines


def _inside(points: Points, marker: str, upright: Upright) -> Points:
    """What of a curve is drawn: what is below the axis on its lowest line, unless a range was chosen."""
    ruler = upright.shown
    if ruler is upright.whole:
        return points[0], [_raised(value, ruler) for value in points[1]]
    return (line_within if marker == "braille" else points_within)(points, ruler.low, ruler.high)


def _raised(value: float, ruler: Ruler) -> float:
    """A value where it is drawn: on the lowest line, if it is below the axis; NaN stays."""
    return ruler.low if value < ruler.low else value
