"""What the cursor of the curves reads: true values of the run, never those of the drawing."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.style import Style
from textual.strip import Strip

from explorer.runs.blocks import kind_of
from explorer.runs.history import History
from explorer.runs.over import place
from explorer.runs.series import Series
from explorer.ui.views.curve_panels import PANELS, Panel
from explorer.ui.views.curve_title import Ink
from explorer.ui.views.look import Look
from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.palette import hex_of

_KINDS: Final = {"nan": "NaN", "inf": "+∞", "-inf": "−∞"}
"""How values are spelt that aren't finite."""


class Said(NamedTuple):
    """A part of the line."""

    text: str
    style: Style
    rank: int
    """How long it stays when room is short, from 0, the longest."""


def read(history: History, look: Look, ink: Ink) -> list[Said]:
    """What is known at the step under the cursor, in the order in which it is said."""
    step = look.cursor or 0
    epoch, seconds = (place(history, over, step) for over in ("epochs", "seconds"))
    said = [Said(f"step {step:,}", Style(bold=True), 0), Said(f"epoch {epoch:.2f}", PLAIN, 2)]
    said.append(Said(_duration(seconds), PLAIN, 3))
    for name in look.lines:
        panel = PANELS[name]
        said.append(Said(panel.names[-1], PLAIN, 1))
        for number, (_, series) in enumerate(panel.lines(history)):
            said += _of_line(panel, series, look, Style(color=hex_of(ink.line(number))))
        tested = panel.tested(history)
        if tested is not None and len(tested) and (at := bisect_right(tested.steps, step)):
            when = int(tested.steps[at - 1])
            where = "" if when == step else f" at {when:,}"
            text = f"test {_value(panel, tested.values[at - 1])}{where}"
            said.append(Said(text, Style(color=hex_of(ink.test)), 4))
    said += [Said(mark.text, PLAIN, 5) for mark in history.marks if mark.step == step]
    return said


def _of_line(panel: Panel, series: Series, look: Look, style: Style) -> list[Said]:
    """The value of a line at the step, and the smoothed one; without one, the newest before it."""
    step = look.cursor or 0
    at = bisect_right(series.steps, step) - 1
    if at < 0:
        return [Said("–", style, 1)]
    where = "" if series.steps[at] == step else f" at {int(series.steps[at]):,}"
    found = [Said(_value(panel, series.values[at]) + where, style, 1)]
    if look.factor:
        found.append(Said(f"~{_value(panel, series.smoothed(look.factor)[at])}", style, 1))
    return found


def _value(panel: Panel, value: float) -> str:
    """A value in five digits."""
    if kind := kind_of(value):
        return _KINDS[kind]
    return f"{100 * value:.5g} %" if panel.series == "accuracy" else f"{value:.5g}"


def _duration(seconds: float) -> str:
    """Seconds of training: `45.2 s`, `1 h 02 min`."""
    if seconds < 60 or not math.isfinite(seconds):
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{minutes} min {int(seconds % 60):02} s"


def said_line(said: Sequence[Said], width: int) -> Strip:
    """As much of it as there is room for, in one line."""
    for least in range(max(one.rank for one in said), -1, -1):
        kept = [one for one in said if one.rank <= least]
        if sum(len(one.text) + 2 for one in kept) - 2 + 1 <= width or not least:
            break
    line = Line().add(" ")
    for number, one in enumerate(kept):
        line.add("  " if number else "")
        line.add(cut(one.text, max(0, width - line.width)), one.style)
    return line.strip(width)


def crossed(lines: Sequence[Strip], rows: range, column: int, style: Style, band: str) -> list[Strip]:
    """A drawing with a thin vertical line in some rows, behind the curves and before the band."""
    crossed = [*lines]
    bar = Line().add("│", style).strip(1)
    for row in rows:
        strip = crossed[row]
        there = strip.crop(column, column + 1)
        colour = next((one.style.color for one in there if one.style), None)
        if there.text == " " or (colour is not None and colour.name == band):
            crossed[row] = Strip.join([strip.crop(0, column), bar, strip.crop(column + 1)])
    return crossed


def nearest(stops: Sequence[tuple[int, int]], step: int) -> int:
    """The index of the stop that shows a step: its own, or that of the column in which it is drawn."""
    return max(0, min(len(stops) - 1, bisect_left(stops, step, key=lambda stop: stop[1])))
