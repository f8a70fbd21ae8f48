"""What the cursor reads of several runs: all of the one in front, and as much of the others as has room."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from explorer.runs.history import History
from explorer.ui.views.curve_cursor import read_panel, where
from explorer.ui.views.curve_panels import PANELS
from explorer.ui.views.overlay_legend import FRONT, OTHER, name_of
from explorer.ui.views.overlay_runs import Overlaid, OverlayCanvas
from explorer.ui.views.said import Said, said_line
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import hex_of

_CURVES: Final = 14
"""Lines of a view that the curves get before what the cursor reads takes more than two."""
_NAME: Final = 20
"""Cells of a name, with a line for each run."""
_SHORT: Final = 12
"""The same where several share one."""


def reading_lines(canvas: OverlayCanvas) -> int:
    """How many lines it takes."""
    return max(1, min(len(canvas.colours), (canvas.canvas.height - _CURVES) // 2))


def reading(overlaid: Overlaid, canvas: OverlayCanvas, front: int) -> list[Strip]:
    """What is known of each run where the cursor is: the run in front first, in full.

    Where there isn't a line for each of the others, they are packed, without what doesn't fit.
    """
    look, width, lines = canvas.canvas.look, canvas.canvas.width, reading_lines(canvas)
    steps = overlaid.steps_at(look.over, look.cursor or 0)
    others = [at for at in range(len(overlaid.runs)) if at != front]
    first = _of_run(overlaid, canvas, front, steps[front])
    if lines >= len(overlaid.runs):
        rest = [_of_run(overlaid, canvas, at, steps[at]) for at in others]
        return [said_line(said, width) for said in (first, *rest)]
    found = [Line().extend(_packable(first, width))] if lines > 1 else [_packable(first, width)]
    if lines > 1:
        found.append(Line())
    for at in others:
        text = _brief(overlaid, canvas, at, steps[at])
        if found[-1].width + 2 + cell_len(text) > width:
            if len(found) == lines:
                break
            found.append(Line())
        style = Style(color=hex_of(canvas.colours[at][1]))
        found[-1].add("  " if found[-1].width else " ").add(text, style)
    return [line.strip(width) for line in (*found, *[Line()] * (lines - len(found)))]


def _of_run(overlaid: Overlaid, canvas: OverlayCanvas, at: int, step: int) -> list[Said]:
    """A run in full: where it is, and the values of each plot."""
    history, colour = overlaid.runs[at].history, canvas.colours[at][1]
    read = _newest(history, step)
    look = replace(canvas.canvas.look, cursor=read)
    ink = replace(canvas.canvas.ink, train=colour, test=colour, third=colour)
    mark = FRONT if at == canvas.front else OTHER
    name = name_of(canvas, at, _NAME)
    said = [Said(f"{mark} {name}", Style(color=hex_of(colour), bold=at == canvas.front), 0)]
    said += where(history, step) if at == canvas.front or look.over != "steps" else []
    said += [Said(f"at {read:,}", PLAIN, 0)] if read != step else []
    for panel in look.lines:
        said += read_panel(history, PANELS[panel], look, ink)
    return said


def _brief(overlaid: Overlaid, canvas: OverlayCanvas, at: int, step: int) -> str:
    """A run's name and the values of each plot, without anything else."""
    history = overlaid.runs[at].history
    read = _newest(history, step)
    look, when = replace(canvas.canvas.look, cursor=read), f" at {read:,}" if read != step else ""
    panels = (read_panel(history, PANELS[name], look, canvas.canvas.ink) for name in look.lines)
    values = (" ".join(said.text for said in found[1:] if not said.rank) for found in panels)
    return f"{OTHER} {name_of(canvas, at, _SHORT)}{when} {' · '.join(values)}"


def _newest(history: History, step: int) -> int:
    """The newest step on record that isn't after another; that one itself where there is none."""
    steps = history.train.steps
    at = bisect_right(steps, step)
    return int(steps[at - 1]) if at else step


def _packable(said: list[Said], width: int) -> Line:
    """What is said of a run, in no more cells than it takes."""
    line, strip = Line(), said_line(said, width)
    for segment in strip.crop(0, cell_len(strip.text.rstrip())):
        line.add(segment.text, segment.style or Style())
    return line
