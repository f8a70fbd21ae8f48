"""The curves as text: one plot or two, each with its legend in its title line.

A drawing takes some 20 ms, so only follower threads call `draw`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from textual.strip import Strip

from explorer.runs.decimate import Window
from explorer.runs.history import History
from explorer.runs.over import place
from explorer.ui.views.curve_cursor import crossed, nearest, read, shaded
from explorer.ui.views.curve_marks import told
from explorer.ui.views.curve_panels import PANELS, Panel
from explorer.ui.views.curve_points import extent_of, window_of
from explorer.ui.views.curve_range import Upright
from explorer.ui.views.curve_title import Ink
from explorer.ui.views.look import Drag, Extent, Look
from explorer.ui.views.one_plot import Plot, draw_plot, stops_in
from explorer.ui.views.plot_axis import column_at
from explorer.ui.views.said import said_line
from explorer.ui.widgets.palette import hex_of

__all__ = ["Area", "Canvas", "Drawing", "Ink", "draw", "with_cursor"]

_NARROWEST, _LOWEST = 20, 5
"""The fewest columns and lines of one plot."""
_GAP = 2
"""Columns between two plots side by side."""
_SIDE_BY_SIDE = 44
"""The fewest columns for two plots side by side; of narrower ones, the axes would take a third."""
_STACKED = 14
"""The fewest lines for one plot above the other: each has a title, four lines of curves, and two of axis."""

_TOLD = 8
"""The fewest lines in which there is one for what happened."""


@dataclass(frozen=True)
class Canvas:
    """What the curves are drawn on, and how."""

    width: int
    """Columns, at least 20."""
    height: int
    """Lines, at least 5."""
    ink: Ink
    """The colours."""
    look: Look = field(default_factory=Look)
    """What a person has chosen."""

    @property
    def still(self) -> Canvas:
        """The same with a cursor anywhere: the curves are the same."""
        return replace(self, look=self.look.still)


class Area(NamedTuple):
    """Where the curves of a plot are in a drawing."""

    left: int
    top: int
    columns: int
    upright: Upright
    """Its vertical axis."""
    window: Window
    """What of the horizontal axis."""
    stops: tuple[tuple[int, int], ...]
    """Where the cursor stops, from left to right: the column, and the newest step of those drawn in it."""

    @property
    def rows(self) -> int:
        """How many lines it has."""
        return self.upright.rows

    def step(self, x: int) -> int:
        """The step drawn nearest to a column of the drawing; there is one."""
        return min(self.stops, key=lambda stop: abs(stop[0] - (x - self.left)))[1]

    def row(self, y: int) -> int:
        """The line of the plot that is nearest to a line of the drawing."""
        return max(0, min(self.rows - 1, y - self.top))


class Drawing(NamedTuple):
    """The curves without a cursor, and what there is to know about them."""

    lines: list[Strip]
    areas: tuple[Area, ...]
    extent: Extent

    def area_of(self, panel: str) -> Area | None:
        """Where the plot of this name is, if it is shown."""
        return next((area for area in self.areas if area.upright.panel == panel), None)


def draw(history: History, canvas: Canvas) -> Drawing:
    """The plots that were chosen, side by side or one above the other.

    Args:
        history: the run's series.
        canvas: from 44 columns on, two plots are side by side; below 20, nothing is drawn. From 14 lines on,
            narrow plots are one above the other; below that, there is only the first, and below 5, nothing.
            The last line is left for what the cursor reads; without one, for what happened, if it did.
    """
    width, extent = canvas.width, extent_of(history)
    happened = told(history, canvas.look, canvas.ink) if canvas.height >= _TOLD else []
    reads = canvas.look.cursor is not None and canvas.height > _LOWEST
    height = canvas.height - (reads or bool(happened))
    rooms = rooms_for(canvas.look.lines, width, height)
    if not rooms:
        return Drawing([], (), extent)
    plots = [draw_plot(history, room.panel, canvas.look, room.size, canvas.ink) for room in rooms]
    areas = []
    for room, plot in zip(rooms, plots, strict=True):
        window = window_of(history, canvas.look, plot.columns)
        areas.append(area_of(room, plot, window, stops_in(history, canvas.look, window)))
    lines = beside(rooms, plots)
    if happened and not reads:
        lines = [*lines, said_line(happened, width)]
    return Drawing(lines, tuple(areas), extent)


class Room(NamedTuple):
    """Where a plot is."""

    panel: Panel
    left: int
    top: int
    size: tuple[int, int]
    """Columns and lines."""


def rooms_for(names: Sequence[str], width: int, height: int) -> list[Room]:
    """Where these plots are, in so many columns and lines: see `draw`; none where it is too small."""
    if width < _NARROWEST or height < _LOWEST:
        return []
    panels = [PANELS[name] for name in names]
    if len(panels) > 1 and width >= _SIDE_BY_SIDE:
        left = (width - _GAP) // 2
        other = Room(panels[1], left + _GAP, 0, (width - _GAP - left, height))
        return [Room(panels[0], 0, 0, (left, height)), other]
    if len(panels) > 1 and height >= _STACKED:
        above = (height + 1) // 2
        return [
            Room(panels[0], 0, 0, (width, above)),
            Room(panels[1], 0, above, (width, height - above)),
        ]
    return [Room(panels[0], 0, 0, (width, height))]


def area_of(room: Room, plot: Plot, window: Window, stops: tuple[tuple[int, int], ...]) -> Area:
    """Where a plot's curves are."""
    return Area(room.left + plot.margin, room.top + 1, plot.columns, plot.upright, window, stops)


def beside(rooms: Sequence[Room], plots: Sequence[Plot]) -> list[Strip]:
    """Plots side by side, or one above the other."""
    if len(rooms) > 1 and rooms[1].left:
        one, other = plots
        gap = [Strip.blank(_GAP)] * len(one.lines)
        return [Strip.join([*three]) for three in zip(one.lines, gap, other.lines, strict=True)]
    return [line for plot in plots for line in plot.lines]


def with_cursor(drawing: Drawing, history: History, canvas: Canvas) -> Drawing:
    """A drawing with what the cursor reads in its last line, and a thin line where the cursor is."""
    look = canvas.look
    if look.cursor is None or not drawing.lines:
        return drawing
    lines = with_line(drawing, canvas, lambda step: place(history, look.over, step))
    if len(lines) < canvas.height:
        stops = drawing.areas[0].stops
        at = nearest(stops, look.cursor)
        since = stops[at - 1][1] if at > 0 and stops else -1
        lines = [*lines, said_line(read(history, look, canvas.ink, since), canvas.width)]
    return Drawing(lines, drawing.areas, drawing.extent)


def _rows(area: Area, drag: Drag) -> range:
    """The lines of a drawing that a rectangle takes in: all of the plot's, unless it chooses values."""
    high, low = drag.rows if drag.tall else (0, area.rows - 1)
    return range(area.top + high, area.top + low + 1)


def with_line(drawing: Drawing, canvas: Canvas, place_of: Callable[[float], float]) -> list[Strip]:
    """A drawing's lines with a thin one where the cursor is, and the rectangle that is being drawn.

    Args:
        drawing: without a cursor.
        canvas: where the cursor is.
        place_of: where a step is on the horizontal axis.
    """
    look, lines = canvas.look, drawing.lines
    x = place_of(look.cursor or 0)
    for area in drawing.areas:
        if area.window.first <= x <= area.window.last:
            rows = range(area.top, area.top + area.rows)
            lines = crossed(lines, rows, area.left + column_at(x, area.window), hex_of(canvas.ink.band))
        if look.drag is not None and look.drag.panel == area.upright.panel:
            ends = sorted(column_at(one, area.window) for one in (x, place_of(look.drag.step)))
            columns = range(area.left + ends[0], area.left + ends[1] + 1)
            lines = shaded(lines, _rows(area, look.drag), columns, canvas.ink)
    return lines
