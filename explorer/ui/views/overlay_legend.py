"""Which curve is which run: their names in their colours, the one in front in bold."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from explorer.system.text import printable, shorten
from explorer.ui.views.overlay_runs import OverlayCanvas
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import hex_of

FRONT: Final = "━━"
"""What is before the name of the run in front."""
OTHER: Final = "──"
"""What is before the others'."""
LONGEST: Final = 32
"""Cells of a name at most."""
_SHORTEST: Final = 6
"""Cells that each name keeps."""
_LEGIBLE: Final = 14
"""Cells of a name below which a second line is better than shorter names."""
_TALL: Final = 16
"""Lines of a view from which there may be a second one."""


def legend(canvas: OverlayCanvas) -> list[Strip]:
    """The runs' names, in one line, or in a high view in two; as many, whichever run is in front."""
    most = 2 if canvas.canvas.height >= _TALL else 1
    found = _packed(canvas, _SHORTEST)[:most]
    for lines in range(most, 0, -1):
        least = _SHORTEST if lines == most else _LEGIBLE
        fitting = (_packed(canvas, longest) for longest in range(LONGEST, least - 1, -1))
        found = next((rows for rows in fitting if len(rows) <= lines), found)
    return [_line(canvas, row).strip(canvas.canvas.width) for row in found]


def name_of(canvas: OverlayCanvas, at: int, longest: int) -> str:
    """A run's name as a terminal can show it, in so many cells."""
    return shorten(printable(canvas.colours[at][0].name), longest, cell_len)


def _packed(canvas: OverlayCanvas, longest: int) -> list[dict[int, str]]:
    """The names, by their runs, in as many lines as they take if each is cut to so many cells."""
    rows, room = [dict[int, str]()], 0
    for at in range(len(canvas.colours)):
        name = name_of(canvas, at, longest)
        taken = len(f" {OTHER} ") + 1 + cell_len(name)
        if rows[-1] and room < taken:
            rows.append({})
        room = (room if rows[-1] else canvas.canvas.width) - taken
        rows[-1][at] = name
    return rows


def _line(canvas: OverlayCanvas, names: dict[int, str]) -> Line:
    """Some names; that of the run in front has what room the others leave."""
    line = Line()
    left = canvas.canvas.width - sum(len(f" {OTHER} ") + 1 + cell_len(name) for name in names.values())
    for at, name in names.items():
        front = at == canvas.front
        text = name_of(canvas, at, cell_len(name) + max(0, left)) if front else name
        style = Style(color=hex_of(canvas.colours[at][1]), bold=front)
        line.add(" ").add(f"{FRONT if front else OTHER} {text}", style).add(" ")
    return line
