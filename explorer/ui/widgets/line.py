"""One line of the screen, put together piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from explorer.ui.widgets.palette import Cell, repeated

PLAIN = Style()
"""No colours of its own: the widget's show."""


class Line:
    """One line of text, put together piece by piece; neighbours of one style become one segment.

    Fewer segments take less time to paint. How many bytes are sent depends only on the grid in
    `explorer.ui.terminal`.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._segments: list[Segment] = []
        self._text: list[str] = []
        self._style: Style = PLAIN
        self.width = 0
        """Cells so far."""

    def add(self, text: str, style: Style = PLAIN) -> Line:
        """Append text of one style."""
        if style is not self._style:
            self._flush()
            self._style = style
        self._text.append(text)
        self.width += len(text) if text.isascii() else cell_len(text)
        return self

    def cells(self, cells: Iterable[Cell]) -> Line:
        """Append cells; equal neighbours, which are one object, become one segment."""
        self._flush()
        for cell, run in groupby(cells):
            count = len([*run])
            self._segments.append(repeated(cell, count))
            self.width += count
        return self

    def extend(self, other: Line) -> Line:
        """Append another line, which stays usable."""
        self._flush()
        other._flush()
        self._segments += other._segments
        self.width += other.width
        return self

    def to(self, column: int) -> Line:
        """Append spaces up to a column."""
        return self.add(" " * max(0, column - self.width))

    def strip(self, width: int) -> Strip:
        """The finished line, cut or padded to `width` cells."""
        self._flush()
        return Strip(self._segments, self.width).adjust_cell_length(width)

    def _flush(self) -> None:
        """Turn the text added last into a segment."""
        if self._text:
            self._segments.append(Segment("".join(self._text), self._style))
            self._text = []


def cut(text: str, room: int) -> str:
    """Text that fits into `room` cells, with an ellipsis where it was cut."""
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)).rstrip() + "…"


def cut_evenly(texts: Sequence[str], room: int) -> list[str]:
    """Texts that fit into `room` cells together: the longest ones are cut, no further than need be."""
    rooms, left = [0] * len(texts), room
    for rank, index in enumerate(sorted(range(len(texts)), key=lambda index: cell_len(texts[index]))):
        rooms[index] = min(cell_len(texts[index]), max(1, left // (len(texts) - rank)))
        left -= rooms[index]
    return [cut(text, own) for text, own in zip(texts, rooms, strict=True)]


def wrapped(text: str, room: int) -> list[str]:
    """Text in lines of at most `room` cells; a word that is longer begins a line, and is broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= room:
            lines[-1] = longer
        else:
            pieces = chop_cells(word, room) or [word]  # an accent alone takes no cell
            lines[-1:] = [lines[-1], *pieces] if lines[-1] else pieces
    return lines


def joined(pieces: Iterable[str], between: str, room: int) -> list[str]:
    """Pieces in lines of at most `room` cells, if no piece is longer; none is broken."""
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}{between}{piece}" if lines else piece
        if lines and cell_len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
