"""What the cursor of the curves reads: true values of the run, never those of the drawing."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from explorer.runs.blocks import kind_of
from explorer.runs.history import History
from explorer.runs.over import place
from explorer.runs.series import Series
from explorer.ui.views.curve_marks import said_mark
from explorer.ui.views.curve_panels import PANELS, Panel
from explorer.ui.views.curve_title import Ink
from explorer.ui.views.look import Look
from explorer.ui.views.said import KINDS, Said
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import hex_of


def read(history: History, look: Look, ink: Ink, since: int) -> list[Said]:
    """What is known at the step under the cursor, in the order in which it is said.

    Args:
        history: the run's series.
        look: with a cursor.
        ink: the colours.
        since: the step at which the column before ends: what happened after it is told.
    """
    step = look.cursor or 0
    said = where(history, step)
    for name in look.lines:
        said += read_panel(history, PANELS[name], look, ink)
    return said + [said_mark(mark, ink, 3) for mark in history.marks if since < mark.step <= step]


def where(history: History, step: int) -> list[Said]:
    """Where a step is in the training."""
    said = [Said(f"step {step:,}", Style(bold=True), 0)]
    said.append(Said(f"epoch {place(history, 'epochs', step):.2f}", PLAIN, 2))
    if "seconds" in history.train:
        said.append(Said(_duration(place(history, "seconds", step)), PLAIN, 3))
    return said


def read_panel(history: History, panel: Panel, look: Look, ink: Ink) -> list[Said]:
    """What a plot shows of a run at the step under the cursor."""
    step, lines = look.cursor or 0, panel.lines(history)
    said = [Said(panel.names[-1], PLAIN, 0)]
    for number, (_, series) in enumerate(lines):
        said += _of_line(panel, series, look, Style(color=hex_of(ink.line(number))))
    if lines and (at := bisect_right(lines[-1][1].steps, step)):
        when = int(lines[-1][1].steps[at - 1])
        said += [] if when == step else [Said(f"at {when:,}", PLAIN, 1)]
    tested = panel.tested(history)
    if tested is not None and len(tested) and (at := bisect_right(tested.steps, step)):
        when = int(tested.steps[at - 1])
        where = "" if when == step else f" at {when:,}"
        text = f"test {_value(panel, tested.values[at - 1])}{where}"
        said.append(Said(text, Style(color=hex_of(ink.test)), 4))
    return said


def _of_line(panel: Panel, series: Series, look: Look, style: Style) -> list[Said]:
    """The value of a line at the step, and the smoothed one; without one, the newest before it."""
    at = bisect_right(series.steps, look.cursor or 0) - 1
    if at < 0:
        return [Said("–", style, 0)]
    found = [Said(_value(panel, series.values[at]), style, 0)]
    if look.factor:
        line, begin = series.smoothed_part(look.factor, at, at + 1)
        found.append(Said(f"~{_value(panel, line[at - begin])}", style, 0))
    return found


def _value(panel: Panel, value: float) -> str:
    """A value in five digits."""
    if kind := kind_of(value):
        return KINDS[kind]
    return f"{100 * value:.5g} %" if panel.series == "accuracy" else f"{value:.5g}"


def _duration(seconds: float) -> str:
    """Seconds of training: `45.2 s`, `1 h 02 min`."""
    if seconds < 60 or not math.isfinite(seconds):
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{minutes} min {int(seconds % 60):02} s"


def crossed(lines: Sequence[Strip], rows: range, column: int, band: str) -> list[Strip]:
    """A drawing with a thin vertical line in some rows, behind the curves and before the band."""
    crossed = [*lines]
    bar = Line().add("│").strip(1)
    for row in rows:
        strip = crossed[row]
        there = strip.crop(column, column + 1)
        colour = next((one.style.color for one in there if one.style), None)
        if there.text == " " or (colour is not None and colour.name == band):
            crossed[row] = Strip.join([strip.crop(0, column), bar, strip.crop(column + 1)])
    return crossed


def shaded(lines: Sequence[Strip], rows: range, columns: range, ink: Ink) -> list[Strip]:
    """A drawing with another background in a rectangle; what is drawn there stays."""
    shaded, ends = [*lines], (columns.start, columns.stop)
    shade = Style(bgcolor=hex_of(ink.shade))
    for row in rows:
        strip = shaded[row]
        inside = Strip(Segment.apply_style(strip.crop(*ends), post_style=shade), ends[1] - ends[0])
        shaded[row] = Strip.join([strip.crop(0, ends[0]), inside, strip.crop(ends[1])])
    return shaded


def nearest(stops: Sequence[tuple[int, int]], step: int) -> int:
    """The index of the stop that shows a step: its own, or that of the column in which it is drawn."""
    return max(0, min(len(stops) - 1, bisect_left(stops, step, key=lambda stop: stop[1])))
