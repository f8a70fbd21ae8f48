"""Loss and accuracy over the steps: two plots, each with its legend in its title line.

A drawing takes some 20 ms, so only follower threads call `draw`.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from explorer.runs.history import History
from explorer.ui.base.oklab import Rgb
from explorer.ui.views import rulers
from explorer.ui.views.curve_points import CurvePoints, accuracy_points, loss_points
from explorer.ui.views.layer import layer
from explorer.ui.views.rulers import Ruler
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import hex_of

_NARROWEST, _LOWEST = 20, 5
"""The fewest columns and lines of one plot."""
_GAP = 2
"""Columns between two plots side by side."""
_SIDE_BY_SIDE = 44
"""The fewest columns for two plots side by side; of narrower ones, the axes would take a third."""
_STACKED = 14
"""The fewest lines for one plot above the other: each has a title, four lines of curves, and two of axis."""
_LABELS = 4
"""Columns of a plot that aren't its curves': the labels, mostly of three characters, and the axis."""
_FRAME = 3
"""Lines of a plot that aren't its curves': the title, the axis of the steps, and its labels."""


@dataclass(frozen=True)
class Ink:
    """The colours of a plot."""

    axis: Rgb
    """Axes and ticks."""
    band: Rgb
    """From the lowest to the highest batch of a column."""
    train: Rgb
    """The mean batch of a column."""
    test: Rgb
    """The test set: all of it after each epoch, and a part of it within one."""


@dataclass(frozen=True)
class Canvas:
    """What the curves are drawn on."""

    width: int
    """Columns, at least 20."""
    height: int
    """Lines, at least 5."""
    ink: Ink
    """The colours."""


def draw(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """Loss and accuracy, side by side or one above the other: `height` lines of `width` cells.

    Args:
        history: the run's four series.
        width: from 44 on, the plots are side by side; below 20, nothing is drawn.
        height: from 14 on, narrow plots are one above the other; below that, there is only the loss, and
            below 5, nothing.
        ink: the colours.
    """
    if width < _NARROWEST or height < _LOWEST:
        return []
    if width >= _SIDE_BY_SIDE:
        left = (width - _GAP) // 2
        loss = _loss(history, left, height, ink)
        accuracy = _accuracy(history, width - _GAP - left, height, ink)
        gap = Strip.blank(_GAP)
        return [Strip.join([one, gap, other]) for one, other in zip(loss, accuracy, strict=True)]
    if height >= _STACKED:
        above = (height + 1) // 2
        return _loss(history, width, above, ink) + _accuracy(history, width, height - above, ink)
    return _loss(history, width, height, ink)


def _loss(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """The loss; every factor of ten has the same height."""
    points = loss_points(history, width - _LABELS)
    ruler = rulers.losses(points.values, height - _FRAME)
    return _plot(("loss (log)", "loss"), points, ruler, (width, height), ink)


def _accuracy(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """The accuracy in percent; the axis starts below where the run has been for some time.

    What is below the axis is drawn on its lowest line, and the label there says so.
    """
    points = accuracy_points(history, width - _LABELS)
    ruler = rulers.percents(points.values, points.usual, height - _FRAME)
    raised = points.converted(lambda percent: max(percent, ruler.low))
    return _plot(("accuracy %", "acc. %", "%"), raised, ruler, (width, height), ink)


def _plot(
    names: tuple[str, ...], points: CurvePoints, ruler: Ruler, size: tuple[int, int], ink: Ink
) -> list[Strip]:
    """One plot: its name and legend, the curves beside their axis, the steps below them."""
    width, height = size
    rows = height - _FRAME
    labels = {ruler.line(value, rows): label for value, label in ruler.ticks}
    margin = max(map(len, labels.values()))
    columns = width - margin - 1
    axis = Style(color=hex_of(ink.axis))
    lines = [_title(names, points, width, ink)]
    for row, cells in enumerate(_drawn(points, ruler, (columns, rows), ink)):
        label = labels.get(row, "")
        lines.append(Line().add(label.rjust(margin) + ("┤" if label else "│"), axis).extend(cells))
    marks, numbers = Line(), Line().to(margin + 1)
    marks.add(" " * margin + "└", axis)
    for column, begin, label in rulers.steps(points.edge, columns):
        marks.add("─" * (margin + 1 + column - marks.width) + "┬", axis)
        numbers.to(margin + 1 + begin).add(label, axis)
    lines += [marks.add("─" * (width - marks.width), axis), numbers.to(width)]
    return [line.strip(width) for line in lines]


def _title(names: tuple[str, ...], points: CurvePoints, width: int, ink: Ink) -> Line:
    """A plot's name, and what its curves are: in full, or as many words as there is room for."""
    train, test = (Style(color=hex_of(colour)) for colour in (ink.train, ink.test))
    dots, full = ("●○ test", f"● test  ○ on {points.samples:,}") if points.part[0] else ("● test", "● test")
    for name, gap, mean, dot in [
        (names[0], 2, "train (batch mean)", full),
        (names[0], 2, "train", full),
        *((name, gap, "train", dots) for name in names for gap in (2, 1)),
    ]:
        blank = " " * gap
        line = Line().add(name + blank).add(f"─ {mean}", train).add(blank).add(dot, test)
        if line.width <= width:
            break
    return line.to(width)


def _drawn(points: CurvePoints, ruler: Ruler, size: tuple[int, int], ink: Ink) -> list[Line]:
    """The curves alone, as lines of exactly this size; the last step is at the right edge.

    Each is drawn by itself: in one figure, plotext would add the band's dots to the mean's wherever both
    are in one cell, and the line would be as thick as the cell.
    """
    limits = ((0, points.edge), (ruler.low, ruler.high))
    layers = [
        (layer(curve, marker, limits, size), Style(color=hex_of(colour)))
        for curve, marker, colour in (
            (points.part, "○", ink.test),
            (points.test, "●", ink.test),
            (points.mean, "braille", ink.train),
            (points.band, "braille", ink.band),
        )
        if curve[0]
    ]
    columns, rows = size
    lines = [Line() for _ in range(rows)]
    for row, line in enumerate(lines):
        for column in range(columns):
            there = ((text[row][column], style) for text, style in layers if text[row][column] != " ")
            line.add(*next(there, (" ", PLAIN)))
    return lines
