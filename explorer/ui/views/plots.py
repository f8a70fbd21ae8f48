"""Loss and accuracy over the steps: two plots, each with its legend in its title line.

A drawing takes some 20 ms, so only follower threads call `draw`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from explorer.runs.history import History
from explorer.runs.series import Series
from explorer.ui.views import rulers
from explorer.ui.views.decimate import Points, horizon, reduce
from explorer.ui.views.layer import layer
from explorer.ui.views.rulers import Ruler
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import Rgb, hex_of

_NARROWEST, _LOWEST = 20, 5
"""The fewest columns and lines of one plot."""
_GAP = 2
"""Columns between two plots side by side."""
_SIDE_BY_SIDE = 44
"""The fewest columns for two plots side by side; of narrower ones, the axes would take a third."""
_STACKED = 14
"""The fewest lines for one plot above the other: each has a title, four lines of curves, and two of axis."""
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
    """The whole test set, after each epoch."""


@dataclass(frozen=True)
class Canvas:
    """What the curves are drawn on."""

    width: int
    """Columns, at least 20."""
    height: int
    """Lines, at least 5."""
    ink: Ink
    """The colours."""


@dataclass(frozen=True)
class Curves:
    """What one plot shows, in its own units."""

    edge: int
    """The step at the right edge."""
    band: Points
    mean: Points
    test: Points

    @property
    def values(self) -> list[float]:
        """Everything that the vertical axis has to show: the mean lies inside the band."""
        return self.band[1] + self.test[1]


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
    curves = _curves(history.train_loss, history.test_loss, history, width, _log)
    ruler = rulers.losses(curves.values, height - _FRAME)
    return _plot(("loss (log)", "loss"), curves, ruler, (width, height), ink)


def _accuracy(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """The accuracy in percent; the axis starts below where the run has been for some time.

    What is below the axis is drawn on its lowest line, and the label there says so.
    """
    curves = _curves(history.train_accuracy, history.test_accuracy, history, width, _percent)
    newest = sorted(curves.band[1][len(curves.band[1]) // 4 :] + curves.test[1])
    usual = newest[len(newest) // 20] if newest else 0.0
    ruler = rulers.percents(curves.values, usual, height - _FRAME)
    drawn = (curves.band, curves.mean, curves.test)
    raised = Curves(curves.edge, *((xs, [max(y, ruler.low) for y in ys]) for xs, ys in drawn))
    return _plot(("accuracy %", "acc. %", "%"), raised, ruler, (width, height), ink)


def _log(loss: float) -> float:
    """A loss on the log scale, limited to 1e-6..1e38: float32 goes no further."""
    return math.log10(min(max(loss, 1e-6), 1e38))


def _percent(share: float) -> float:
    """A share in percent, kept inside the axis: plotext draws every pixel of a line that leaves it."""
    return 100 * min(max(share, 0.0), 1.0)


def _curves(
    train: Series, test: Series, history: History, width: int, value: Callable[[float], float]
) -> Curves:
    """Both series, each value converted, reduced to the columns of a plot, less its labels'."""
    edge = horizon(history.steps_done, history.total_steps)
    columns = width - 4
    reduced = reduce(train, columns, edge)
    drawn = (reduced.band, reduced.mean, reduce(test, columns, edge).band)
    return Curves(edge, *((xs, [value(y) for y in ys]) for xs, ys in drawn))


def _plot(
    names: tuple[str, ...], curves: Curves, ruler: Ruler, size: tuple[int, int], ink: Ink
) -> list[Strip]:
    """One plot: its name and legend, the curves beside their axis, the steps below them."""
    width, height = size
    rows = height - _FRAME
    labels = {ruler.line(value, rows): label for value, label in ruler.ticks}
    margin = max(map(len, labels.values()))
    columns = width - margin - 1
    axis = Style(color=hex_of(ink.axis))
    lines = [_title(names, width, ink)]
    for row, cells in enumerate(_drawn(curves, ruler, (columns, rows), ink)):
        label = labels.get(row, "")
        lines.append(Line().add(label.rjust(margin) + ("┤" if label else "│"), axis).extend(cells))
    marks, numbers = Line(), Line().to(margin + 1)
    marks.add(" " * margin + "└", axis)
    for column, begin, label in rulers.steps(curves.edge, columns):
        marks.add("─" * (margin + 1 + column - marks.width) + "┬", axis)
        numbers.to(margin + 1 + begin).add(label, axis)
    lines += [marks.add("─" * (width - marks.width), axis), numbers.to(width)]
    return [line.strip(width) for line in lines]


def _title(names: tuple[str, ...], width: int, ink: Ink) -> Line:
    """A plot's name, and what its curves are: in full, or as many words as there is room for."""
    train, test = (Style(color=hex_of(colour)) for colour in (ink.train, ink.test))
    long = (names[0], 2, "train (batch mean)")
    for name, gap, mean in [long, *((name, gap, "train") for name in names for gap in (2, 1))]:
        blank = " " * gap
        line = Line().add(name + blank).add(f"─ {mean}", train).add(blank).add("● test", test)
        if line.width <= width:
            break
    return line.to(width)


def _drawn(curves: Curves, ruler: Ruler, size: tuple[int, int], ink: Ink) -> list[Line]:
    """The curves alone, as lines of exactly this size; the last step is at the right edge.

    Each is drawn by itself: in one figure, plotext would add the band's dots to the mean's wherever both
    are in one cell, and the line would be as thick as the cell.
    """
    limits = ((0, curves.edge), (ruler.low, ruler.high))
    layers = [
        (layer(points, marker, limits, size), Style(color=hex_of(colour)))
        for points, marker, colour in (
            (curves.test, "●", ink.test),
            (curves.mean, "braille", ink.train),
            (curves.band, "braille", ink.band),
        )
        if points[0]
    ]
    columns, rows = size
    lines = [Line() for _ in range(rows)]
    for row, line in enumerate(lines):
        for column in range(columns):
            there = ((text[row][column], style) for text, style in layers if text[row][column] != " ")
            line.add(*next(there, (" ", PLAIN)))
    return lines
