"""The curves of several runs in the same plots, each run in its colour, one of them in front of the others.

What takes long is drawn once for each run; which of them is in front only changes how that is stacked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rich.style import Style

from explorer.ui.base.oklab import Rgb
from explorer.ui.views.curve_points import Curve, CurvePoints, points_of
from explorer.ui.views.curve_title import wordings
from explorer.ui.views.look import Extent
from explorer.ui.views.one_plot import (
    LABELS,
    Drawn,
    Frame,
    Plot,
    drawn,
    framed,
    stops_in,
    wanted_of,
)
from explorer.ui.views.overlay_legend import legend
from explorer.ui.views.overlay_reading import reading, reading_lines
from explorer.ui.views.overlay_runs import Overlaid, OverlayCanvas
from explorer.ui.views.plot_axis import axis_below, happened, missing_in
from explorer.ui.views.plots import Area, Drawing, Ink, Room, area_of, beside, rooms_for, with_line
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import hex_of


class _Plot(NamedTuple):
    """One plot, not stacked yet."""

    room: Room
    frame: Frame
    points: tuple[CurvePoints, ...]
    """Of each run."""
    layers: tuple[list[Drawn], ...]
    stops: tuple[tuple[int, int], ...]
    """Of the reference."""


class Layers(NamedTuple):
    """The curves of each run."""

    plots: tuple[_Plot, ...]
    legend: int
    """Lines that it takes."""
    extent: Extent


def draw(overlaid: Overlaid, canvas: OverlayCanvas) -> Layers:
    """Draw each run by itself, in the plots that were chosen."""
    look, extent = canvas.canvas.look, overlaid.extent(canvas.canvas.look.over)
    inks = [ink_of(colour, canvas.canvas.ink) for _, colour in canvas.colours]
    height, named = canvas.canvas.height, len(legend(canvas))
    read = reading_lines(canvas) if look.cursor is not None else 0
    plots = []
    for room in rooms_for(look.lines, canvas.canvas.width, height - named - read):
        window = overlaid.window(look, room.size[0] - LABELS)
        points = tuple(points_of(run.history, room.panel, look, window) for run in overlaid.runs)
        frame = Frame.of(_together(points), room.panel, look, room.size)
        layers = (drawn(wanted_of(*one), frame) for one in zip(points, inks, strict=True))
        stops = stops_in(overlaid.reference(look.over), look, frame.window)
        plots.append(_Plot(room, frame, points, tuple(layers), stops))
    return Layers(tuple(plots), named, extent)


def with_cursor(layers: Layers, overlaid: Overlaid, canvas: OverlayCanvas) -> Drawing:
    """The curves with one run in front, their legend above, and below it what the cursor reads."""
    look, front = canvas.canvas.look, canvas.front
    plots = [_stacked(plot, overlaid, canvas) for plot in layers.plots]
    lines = [*legend(canvas)] if plots else []
    lines += beside([plot.room for plot in layers.plots], plots)
    areas = tuple(_area(*one, layers.legend) for one in zip(layers.plots, plots, strict=True))
    drawing = Drawing(lines, areas, layers.extent)
    if look.cursor is None or not lines:
        return drawing
    lines = with_line(drawing, canvas.canvas, lambda step: overlaid.place(look.over, step))
    return drawing._replace(lines=[*lines, *reading(overlaid, canvas, front)])


def ink_of(colour: Rgb, ink: Ink) -> Ink:
    """The colours of one run among several: all of it in its own."""
    return replace(ink, train=colour, test=colour, third=colour)


def _area(plot: _Plot, shown: Plot, legend: int) -> Area:
    """Where a plot's curves are in the drawing."""
    area = area_of(plot.room, shown, plot.frame.window, plot.stops)
    return area._replace(top=area.top + legend)


def _stacked(plot: _Plot, overlaid: Overlaid, canvas: OverlayCanvas) -> Plot:
    """A plot, with one run in front of the others."""
    look, ink, count = canvas.canvas.look, canvas.canvas.ink, len(overlaid.runs)
    order = [canvas.front, *(at for at in range(count) if at != canvas.front)]
    inks = [ink_of(colour, ink) for _, colour in canvas.colours]
    marks = [mark for at in order[::-1] for mark in missing_in(plot.points[at], inks[at])]
    first = overlaid.runs[canvas.front].history
    below = axis_below(
        plot.frame.window, plot.frame.margin, look, ink, [*happened(first, look, inks[canvas.front]), *marks]
    )
    layers = [layer for at in order for layer in plot.layers[at]]
    return framed(plot.frame, _heading(plot, canvas), layers, below, ink)


def _heading(plot: _Plot, canvas: OverlayCanvas) -> Line:
    """A plot's name, and what its lines are, in full, or as many words as there is room for."""
    width, line, dim = plot.room.size[0], Line(), Style(color=hex_of(canvas.canvas.ink.axis))
    for name, gap, meaning, dots in wordings(plot.room.panel, _together(plot.points), canvas.canvas.look):
        line = Line().add(name)
        for text in filter(None, (meaning, dots)):
            line.add(" " * gap).add(text, dim)
        if line.width <= width:
            break
    return line.to(width)


def _together(points: Sequence[CurvePoints]) -> CurvePoints:
    """The points of all runs, for the vertical axis: what is drawn of them is their lines, without a band."""
    parts = {one.samples for one in points if one.part[0]}
    return CurvePoints(
        window=points[0].window,
        scale=points[0].scale,
        curves=tuple(_bare(curve) for one in points for curve in one.curves),
        test=_joined([one.test for one in points]),
        part=_joined([one.part for one in points]),
        samples=parts.pop() if len(parts) == 1 else 0,
        fullest=max(one.fullest for one in points),
        zeros=(),
        holes=(),
    )


def _bare(curve: Curve) -> Curve:
    """A curve with its line in place of the band."""
    line = [(x, y) for x, y in zip(*curve.line, strict=True) if not math.isnan(y)]
    return replace(curve, band=([x for x, _ in line], [y for _, y in line])) if not curve.single else curve


def _joined(parts: Sequence[tuple[list[float], list[float]]]) -> tuple[list[float], list[float]]:
    """Points of several runs."""
    return [x for xs, _ in parts for x in xs], [y for _, ys in parts for y in ys]
