"""What Textual's compositor wants painted, as cells.

Textual would write it out as text with escape sequences, which would have to be parsed again: a quarter of
what a frame of heatmaps costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from rich.cells import cell_len
from rich.color import ColorSystem
from textual.geometry import Offset
from textual.strip import Strip

from explorer.ui.base.textual_patches import ChopsUpdate, CompositorUpdate, LayoutUpdate, sgr_parameters
from explorer.ui.terminal.eight_bit import in_256
from explorer.ui.terminal.pens import Pen, blank, parse_sgr

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Control characters: a terminal would act on them."""


@dataclass(frozen=True)
class Frame:
    """One update of the screen."""

    update: CompositorUpdate
    colours: ColorSystem | None
    """Which colours the terminal can show; None: not even one."""
    cursor: Offset
    """Where the terminal's own cursor is left."""
    at_once: bool = False
    """Whether the terminal is told to show it all at once (mode 2026)."""
    asked: bool = False
    """Whether it is a key's effect: what it changes is sent before anything else."""

    def pieces(self) -> Iterator[tuple[int, int, list[str], list[Pen]]]:
        """Each piece of a line: the line, the column where the piece begins, its cells and their pens."""
        for y, x, strip in placed(self.update):
            characters: list[str] = []
            pens: list[Pen] = []
            for text, style, _ in strip:
                if style and self.colours is ColorSystem.EIGHT_BIT:
                    style = in_256(style)  # noqa: PLW2901 - what follows is about the style that is shown
                parameters = sgr_parameters(style, self.colours) if style else ""
                cells, pen = drawn(text, parameters)
                characters += cells
                pens += repeat(pen, len(cells))
            yield y, x, characters, pens


def placed(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Each strip of an update, with the line and the column where it begins."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for piece in strips:
                yield y, x, piece
                x += piece.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x < right and left < end:
                    yield y, x, strip if end <= right else strip.crop(0, right - x)


@lru_cache(8192)
def drawn(text: str, parameters: str) -> tuple[list[str] | str, Pen]:
    """The cells of a piece of text, and their pen, from the parameters of its SGR sequence.

    Cached, because a heatmap's cells are always the same few hundred.
    """
    text, pen = _CONTROL.sub("", text), parse_sgr(parameters)
    narrow = text.isascii() or all(cell_len(character) == 1 for character in {*text})
    cells = text if narrow else _cells(text)
    return cells, blank(pen) if text.isspace() else pen


def _cells(text: str) -> list[str]:
    """Text as cells: a wide character takes two, a combining mark joins the cell before it."""
    cells: list[str] = []
    for character in text:
        width = cell_len(character)
        if width:
            cells += [character, ""][:width]
        elif cells:
            index = len(cells) - (2 if len(cells) > 1 and not cells[-1] else 1)
            cells[index] += character
    return cells
