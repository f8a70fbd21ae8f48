"""The horizontal axis of a plot, and what is marked on it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rich.style import Style

from explorer.runs.decimate import Window
from explorer.runs.history import History
from explorer.runs.over import Over, place
from explorer.ui.views import rulers
from explorer.ui.views.curve_marks import TICK
from explorer.ui.views.curve_points import CurvePoints
from explorer.ui.views.curve_title import Ink
from explorer.ui.views.look import Look
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import hex_of

_UNITS: Final[dict[Over, str]] = {"steps": "", "epochs": "ep", "seconds": "s"}
"""What stands left of the labels of the horizontal axis."""
Marks = Sequence[tuple[float, str, Style]]
"""Characters on the horizontal axis, where and how, the last in front."""


def column_at(x: float, window: Window) -> int:
    """The column in which a place on the horizontal axis is drawn."""
    share = (x - window.first) / (window.last - window.first)
    return max(0, min(window.columns - 1, int(share * window.columns + 1e-9)))


def axis_below(window: Window, margin: int, look: Look, ink: Ink, marks: Marks) -> list[Line]:
    """The horizontal axis with its marks, and its numbers.

    Args:
        window: what it shows.
        margin: columns left of it.
        look: what it counts.
        ink: the colours.
        marks: those outside the window are left out.
    """
    axis = Style(color=hex_of(ink.axis))
    there = dict.fromkeys(range(window.columns), ("─", axis))
    numbers = Line().add(_UNITS[look.over].rjust(margin), axis).to(margin + 1)
    ticks = rulers.along(window.first, window.last, window.columns, look.over == "steps")
    for column, begin, label in ticks:
        there[column] = ("┬", axis)
        numbers.to(margin + 1 + begin).add(label, axis)
    for x, character, style in marks:
        if window.first <= x <= window.last:
            there[column_at(x, window)] = (character, style)
    line = Line().add(" " * margin + "└", axis)
    for style, same in groupby(there.values(), lambda mark: mark[1]):
        line.add("".join(text for text, _ in same), style)
    return [line, numbers.to(margin + 1 + window.columns)]


def marks_of(history: History, points: CurvePoints, look: Look, ink: Ink) -> Marks:
    """What happened to a run, what has no place in its plot, and the step whose weights are shown."""
    marks = [*happened(history, look, ink), *missing_in(points, ink)]
    if look.moment is not None:
        marks.append((place(history, look.over, look.moment), "◆", Style(bold=True)))
    return marks


def happened(history: History, look: Look, ink: Ink) -> Marks:
    """What happened to a run."""
    marked = Style(color=hex_of(ink.test), bold=True)
    return [(place(history, look.over, mark.step), TICK, marked) for mark in history.marks]


def missing_in(points: CurvePoints, ink: Ink) -> Marks:
    """Where values have no place on a logarithmic axis, or aren't finite."""
    zero, marked = Style(color=hex_of(ink.train)), Style(color=hex_of(ink.test), bold=True)
    zeros = [(x, "0", zero) for x in points.zeros]
    return [*zeros, *((x, "N" if kinds["nan"] else "∞", marked) for x, kinds in points.holes)]
