"""One plot as text: its title, its curves beside their axis, and what lies to the right below them."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Final, NamedTuple

from rich.style import Style
from textual.strip import Strip

from explorer.runs.decimate import Points, Window
from explorer.runs.history import History
from explorer.runs.over import Over, place, places
from explorer.ui.views import rulers
from explorer.ui.views.clip import line_within, points_within
from explorer.ui.views.curve_marks import TICK, marks_in
from explorer.ui.views.curve_panels import FARTHEST, Panel, name_of
from explorer.ui.views.curve_points import CurvePoints, points_of
from explorer.ui.views.curve_range import Upright
from explorer.ui.views.curve_title import Ink, title
from explorer.ui.views.layer import layer
from explorer.ui.views.look import Look, Range
from explorer.ui.views.range_rulers import between
from explorer.ui.views.rulers import Ruler
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import hex_of

LABELS = 4
"""Columns of a plot that aren't its curves': the labels, mostly of three characters, and the axis."""
_FRAME = 3
"""Lines of a plot that aren't its curves': the title, the axis to the right, and its labels."""
_UNITS: Final[dict[Over, str]] = {"steps": "", "epochs": "ep", "seconds": "s"}
"""What stands left of the labels of the horizontal axis."""


class Plot(NamedTuple):
    """A plot that was drawn."""

    lines: list[Strip]
    margin: int
    """Columns left of the curves."""
    columns: int
    upright: Upright
    """The vertical axis, with its lines."""

    def stops(self, history: History, look: Look, window: Window) -> tuple[tuple[int, int], ...]:
        """The column and the step of the newest batch of each column that has one."""
        steps = history.train.steps
        xs = places(history, look.over, steps)
        newest = (end - 1 for _, _, end in window.stretches(xs))
        return tuple((column_at(xs[index], window), int(steps[index])) for index in newest)


def column_at(x: float, window: Window) -> int:
    """The column in which a place on the horizontal axis is drawn."""
    share = (x - window.first) / (window.last - window.first)
    return max(0, min(window.columns - 1, int(share * window.columns + 1e-9)))


def draw_plot(history: History, panel: Panel, look: Look, size: tuple[int, int], ink: Ink) -> Plot:
    """Draw one plot in so many columns and lines, at least 20 and 5."""
    width, height = size
    rows = height - _FRAME
    points = points_of(history, panel, look, width - LABELS)
    name = name_of(panel)
    upright = _upright(points, name, look.range_of(name), rows)
    ruler = upright.shown
    labels = {ruler.line(value, rows): label for value, label in ruler.ticks}
    margin = max(map(len, labels.values()))
    columns = width - margin - 1
    axis = Style(color=hex_of(ink.axis))
    lines = [title(panel, points, look, width, ink)]
    for row, cells in enumerate(_drawn(points, upright, (columns, rows), ink)):
        label = labels.get(row, "")
        lines.append(Line().add(label.rjust(margin) + ("┤" if label else "│"), axis).extend(cells))
    lines += _below(history, points, look, margin, columns, ink)
    return Plot([line.strip(width) for line in lines], margin + 1, columns, upright)


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


def _below(
    history: History, points: CurvePoints, look: Look, margin: int, columns: int, ink: Ink
) -> list[Line]:
    """The horizontal axis with its marks, and its numbers."""
    axis = Style(color=hex_of(ink.axis))
    window = Window(points.window.first, points.window.last, columns)
    marks = dict.fromkeys(range(columns), ("─", axis))
    numbers = Line().add(_UNITS[look.over].rjust(margin), axis).to(margin + 1)
    for column, begin, label in rulers.along(window.first, window.last, columns, look.over == "steps"):
        marks[column] = ("┬", axis)
        numbers.to(margin + 1 + begin).add(label, axis)
    marked = Style(color=hex_of(ink.test), bold=True)
    for mark in marks_in(history, look):
        marks[column_at(place(history, look.over, mark.step), window)] = (TICK, marked)
    for x in points.zeros:
        marks[column_at(x, window)] = ("0", Style(color=hex_of(ink.train)))
    for x, kinds in points.holes:
        marks[column_at(x, window)] = ("N" if kinds["nan"] else "∞", marked)
    if look.moment is not None:
        x = place(history, look.over, look.moment)
        if window.first <= x <= window.last:
            marks[column_at(x, window)] = ("◆", Style(bold=True))
    line = Line().add(" " * margin + "└", axis)
    for style, same in groupby(marks.values(), lambda mark: mark[1]):
        line.add("".join(text for text, _ in same), style)
    return [line, numbers.to(margin + 1 + columns)]


def _drawn(points: CurvePoints, upright: Upright, size: tuple[int, int], ink: Ink) -> list[Line]:
    """The curves alone, as lines of exactly this size; the last step is at the right edge.

    Each is drawn by itself: in one figure, plotext would add the band's dots to the line's wherever both
    are in one cell, and the line would be as thick as the cell.
    """
    ruler = upright.shown
    limits = ((points.window.first, points.window.last), (ruler.low, ruler.high))
    wanted = [(points.part, "○", ink.test), (points.test, "●", ink.test)]
    for number, curve in enumerate(points.curves):
        if curve.single:
            wanted.append((curve.band, "•", ink.line(number)))
        wanted.append((curve.line, "braille", ink.line(number)))
    if len(points.curves) == 1 and not points.curves[0].single:
        wanted.append((points.curves[0].band, "braille", ink.band))
    inside = ((_inside(one, marker, upright), marker, colour) for one, marker, colour in wanted)
    layers = [
        (layer((xs, ys), marker, limits, size), colour)
        for (xs, ys), marker, colour in inside
        if not all(map(math.isnan, ys))
    ]
    columns, rows = size
    styles = [Style(color=hex_of(colour)) for _, colour in layers]
    lines = [Line() for _ in range(rows)]
    for row, line in enumerate(lines):
        texts = [text[row] for text, _ in layers]
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
