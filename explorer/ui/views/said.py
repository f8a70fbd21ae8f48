"""A line of text in parts, some of which go when room is short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from explorer.runs.blocks import Kind
from explorer.ui.widgets.line import Line, cut

KINDS: Final[Mapping[Kind, str]] = {"nan": "NaN", "inf": "+∞", "-inf": "−∞"}
"""How values are spelt that aren't finite."""


class Said(NamedTuple):
    """A part of the line."""

    text: str
    style: Style
    rank: int
    """How long it stays when room is short, from 0, the longest."""


NUMBER: Final = 16
"""Cells up to which a part is left out rather than cut: half a number is another one."""


def said_line(said: Sequence[Said], width: int) -> Strip:
    """As much of it as there is room for, in one line."""
    for least in range(max(one.rank for one in said), -1, -1):
        kept = [one for one in said if one.rank <= least]
        if sum(cell_len(one.text) + 2 for one in kept) - 2 + 1 <= width or not least:
            break
    line = Line().add(" ")
    for number, one in enumerate(kept):
        taken = cell_len(one.text) + (2 if number else 0)
        last = number == len(kept) - 1
        if number and cell_len(one.text) <= NUMBER and line.width + taken + (0 if last else 2) > width:
            line.add(" …"[: max(0, width - line.width)])
            break
        line.add("  " if number else "")
        line.add(cut(one.text, max(0, width - line.width)), one.style)
    return line.strip(width)
