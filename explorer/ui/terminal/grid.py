"""What the terminal shows and what it should show, cell by cell: between the two lies what is sent.

Textual sends whole pieces of lines again, each with its full style, whenever anything in them may have
changed. Here its output is read as a terminal would read it, and only cells that really differ are sent
on, with the fewest bytes that take the terminal from one colour to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len

from explorer.ui.terminal.pens import PLAIN, Pen, blank, change, dip, swapped

_PIECES = re.compile(
    r"\x1b\[([\d;]+)m([^\x00-\x1f\x7f]+)\x1b\[0m"  # 1, 2: text in a colour of its own, as most of it is
    r"|\x1b\[([\d;]*)m"  # 3: colours
    r"|\x1b\[(\d+);(\d+)H"  # 4, 5: where the next text goes
    r"|([^\x00-\x1f\x7f]+)"  # 6: text
    r"|(\x1b\[\?2026[hl])"  # 7: around what is to be shown at once
    r"|(\x1b\[\?1049[hl])"  # 8: another screen
    r"|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)"  # a link: cells carry none
    r"|(\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[<=>?]?[\d;]*[ -/]*[@-~]|\x1b.|[\x00-\x09\x0b\x0c\x0e-\x1a])"
    r"|[\n\r]"  # between lines, each of which is placed anyway
)
_NEAR = 4
"""A move to the right costs 4 bytes: up to so many equal cells are sent again instead."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Row:
    """One line of cells; in a wide character's second cell stands no character."""

    __slots__ = ("characters", "pens")

    def __init__(self) -> None:
        """Start with no cells."""
        self.characters: list[str] = []
        self.pens: list[Pen] = []

    def put(self, x: int, characters: list[str] | str, pen: Pen) -> None:
        """Write cells of one style from a column on."""
        end = x + len(characters)
        if x > len(self.pens):
            gap = x - len(self.pens)
            self.characters += " " * gap
            self.pens += [blank(PLAIN)] * gap
        self.characters[x:end] = characters
        self.pens[x:end] = [pen] * (end - x)

    def width(self, x: int) -> int:
        """How many cells the character at a column takes."""
        return 2 if self.characters[x + 1 : x + 2] == [""] else 1

    def differing(self, other: Row, width: int | None) -> Iterator[int]:
        """The columns, of the first `width`, at which a character begins that another row hasn't."""
        done = 0
        known = len(other.pens)
        pens, characters = other.pens, other.characters
        cells = zip(self.characters[:width], self.pens[:width], strict=True)
        for x, (character, pen) in enumerate(cells):
            if x < done or (x < known and pen is pens[x] and character == characters[x]):
                continue
            start = x if character or not x else x - 1
            yield start
            done = start + self.width(start)

    def copy(self) -> Row:
        """The same cells."""
        row = Row()
        row.characters, row.pens = self.characters[:], self.pens[:]
        return row


class Grid:
    """The screen: what is sent never leaves it, whatever is written."""

    def __init__(self) -> None:
        """Start with a terminal that shows nothing known."""
        self._wanted: dict[int, Row] = {}
        self._shown: dict[int, Row] = {}
        self._dirty: set[int] = set()
        self._verbatim: list[str] = []
        self._pen = PLAIN
        self._place = (0, 0)
        self._at_once = False
        self._size: tuple[int, int] | None = None

    @property
    def pending(self) -> bool:
        """Whether there may be something to send."""
        return bool(self._dirty or self._verbatim)

    def forget(self) -> None:
        """Send everything again: the terminal may show something else."""
        self._shown.clear()
        self._dirty = set(self._wanted)

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size, or had one meanwhile; Textual writes everything again if it has."""
        if self._size != (width, height):
            self._size = (width, height)
            self._wanted.clear()
        self.forget()

    def take(self, output: str) -> None:
        """Read what Textual writes."""
        pen, (y, x) = self._pen, self._place
        row: Row | None = None
        for piece in _PIECES.finditer(output):
            kind = piece.lastindex
            if kind == 2:
                cells, drawn = _run(pen, *piece.group(1, 2))
                row = row or self._row(y)
                row.put(x, cells, drawn)
                x += len(cells)
                pen = PLAIN
            elif kind == 3:
                pen = dip(pen, piece[3])
            elif kind == 5:
                y, x = int(piece[4]) - 1, int(piece[5]) - 1
                row = None
            elif kind == 6:
                cells, drawn = _run(pen, None, piece[6])
                row = row or self._row(y)
                row.put(x, cells, drawn)
                x += len(cells)
            elif kind == 7:
                self._at_once = True
            elif kind == 8:
                self._wanted.clear()
                self.forget()
                self._verbatim.append(piece[8])
                row = None
            elif kind == 9:
                self._verbatim.append(piece[9])
        self._pen, self._place = pen, (y, x)

    def _row(self, y: int) -> Row:
        """A line that is about to be written to: it may differ from then on."""
        self._dirty.add(y)
        row = self._wanted.get(y)
        if row is None:
            row = self._wanted[y] = Row()
        return row

    def difference(self, most: int | None = None) -> str:
        """What takes the terminal to what it should show.

        Args:
            most: characters after which the rest is left for the next call; None: all of it.
        """
        sent = self._verbatim
        self._verbatim = []
        before = len(sent)
        pen, size = PLAIN, 0
        width, height = self._size or (None, None)
        for y in sorted(self._dirty):
            if most is not None and size >= most:
                break
            self._dirty.discard(y)
            if height is not None and y >= height:
                continue
            line, pen = self._line(y, pen, width)
            if line:
                sent.append(line)
                size += len(line)
        if len(sent) == before:
            return "".join(sent)
        if pen is not PLAIN:
            sent.append("\x1b[m")
        sent.append(f"\x1b[{self._place[0] + 1};{self._place[1] + 1}H")
        if self._at_once:
            sent.insert(before, _BEGIN)
            sent.append(_END)
        return "".join(sent)

    def _line(self, y: int, pen: Pen, width: int | None) -> tuple[str, Pen]:
        """What brings one line up to date, and the pen after it."""
        wanted, shown = self._wanted[y], self._shown.get(y) or Row()
        if wanted.characters == shown.characters and wanted.pens == shown.pens:
            return "", pen
        self._shown[y] = wanted.copy()
        parts: list[str] = []
        at = -1  # the column where the terminal's cursor is; -1: elsewhere
        for x in wanted.differing(shown, width):
            if at < 0:
                parts.append(f"\x1b[{y + 1};{x + 1}H")
            elif at < x:
                between = wanted.pens[at:x] if x - at <= _NEAR else ()
                if between and not any(change(pen, one)[0] for one in between):
                    parts += wanted.characters[at:x]
                else:
                    parts.append(f"\x1b[{x - at}C")
            sequence, character, pen = _drawn(pen, wanted.characters[x], wanted.pens[x])
            parts += (sequence, character)
            at = x + wanted.width(x)
        return "".join(parts), pen


@lru_cache(8192)
def _run(pen: Pen, parameters: str | None, text: str) -> tuple[list[str] | str, Pen]:
    """The cells of a piece of text, and their pen, after an SGR sequence or without one.

    A heatmap's cells are always the same few hundred.
    """
    if parameters is not None:
        pen = dip(pen, parameters)
    cells = text if text.isascii() or cell_len(text) == len(text) else _cells(text)
    return cells, blank(pen) if text.isspace() else pen


def _drawn(pen: Pen, character: str, wants: Pen) -> tuple[str, str, Pen]:
    """The way to a character's pen, the character, and the pen then; `▄` for `▀` where that is shorter."""
    sequence, now = change(pen, wants)
    if sequence and character == "▀" and (other := swapped(wants)) is not None:
        turned, then = change(pen, other)
        if len(turned) < len(sequence):
            return turned, "▄", then
    return sequence, character, now


def _cells(text: str) -> list[str]:
    """Text as cells: a wide character takes two, a mark stands in the cell before it."""
    cells: list[str] = []
    for character in text:
        width = cell_len(character)
        if width:
            cells += [character, ""][:width]
        elif cells:
            index = len(cells) - (2 if len(cells) > 1 and not cells[-1] else 1)
            cells[index] += character
    return cells
