"""What the terminal shows and what it should show, cell by cell: the difference is sent.

Textual sends whole pieces of lines again, each with its full style, whenever anything in them may have
changed. Here only cells that really differ are sent, with the fewest bytes that take the terminal from one
colour to the next.
"""

from __future__ import annotations

from functools import lru_cache

from textual.geometry import Offset

from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.pens import PLAIN, Pen, blank, swapped, transition

_NEAR = 4
"""A move to the right costs 4 bytes: up to this many unchanged cells are sent again instead."""
_SCREENS = ("\x1b[?1049h", "\x1b[?1049l")
"""Switching to the alternate screen, and back."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Row:
    """One line of cells; a wide character's second cell holds the empty string."""

    __slots__ = ("characters", "pens")

    def __init__(self) -> None:
        """Start with no cells."""
        self.characters: list[str] = []
        self.pens: list[Pen] = []

    def put(self, x: int, characters: list[str], pens: list[Pen]) -> None:
        """Write cells, beginning at a column."""
        end = x + len(pens)
        if x > len(self.pens):
            gap = x - len(self.pens)
            self.characters += " " * gap
            self.pens += [blank(PLAIN)] * gap
        self.characters[x:end] = characters
        self.pens[x:end] = pens

    def differing(self, other: Row, width: int | None) -> list[int]:
        """The columns, of the first `width`, where a character begins that the other row doesn't have."""
        characters, pens = self.characters[:width], self.pens[:width]
        mine = zip(characters, pens, strict=True)
        others = zip(other.characters, other.pens, strict=True)
        columns = [x for x, (cell, there) in enumerate(zip(mine, others, strict=False)) if cell != there]
        columns += range(len(other.pens), len(pens))
        if "" in characters:
            columns = sorted({x if characters[x] or not x else x - 1 for x in columns})
        return columns

    def copy(self) -> Row:
        """A new row with the same cells."""
        row = Row()
        row.characters, row.pens = self.characters[:], self.pens[:]
        return row


class Grid:
    """The screen: nothing outside it is ever sent, whatever is written."""

    def __init__(self) -> None:
        """Start with nothing known of what the terminal shows."""
        self._wanted: dict[int, Row] = {}
        self._shown: dict[int, Row] = {}
        self._dirty: set[int] = set()
        self._verbatim: list[str] = []
        self._cursor = Offset(0, 0)
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
        """Note that the terminal has, or had meanwhile, another size; if it has, Textual writes everything
        again.
        """
        if self._size != (width, height):
            self._size = (width, height)
            self._wanted.clear()
        self.forget()

    def take(self, frame: Frame) -> None:
        """Take in a frame to be shown."""
        for y, x, characters, pens in frame.pieces():
            self._row(y).put(x, characters, pens)
        self._cursor, self._at_once = frame.cursor, frame.at_once

    def pass_on(self, sequence: str) -> None:
        """Send unchanged what is not a frame; after a switch between screens, nothing is known of what the
        terminal shows.
        """
        if sequence.startswith(_SCREENS):
            self._wanted.clear()
            self.forget()
        self._verbatim.append(sequence)

    def _row(self, y: int) -> Row:
        """A line that is about to be written to, and so may differ from then on."""
        self._dirty.add(y)
        row = self._wanted.get(y)
        if row is None:
            row = self._wanted[y] = Row()
        return row

    def difference(self, most: int | None = None) -> str:
        """What takes the terminal from what it shows to what it should show.

        Args:
            most: characters after which the rest is left for the next call; None: send everything.
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
        sent.append(f"\x1b[{self._cursor.y + 1};{self._cursor.x + 1}H")
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
        characters, pens = wanted.characters, wanted.pens
        parts: list[str] = []
        at = -1  # the column where the terminal's cursor is; -1: elsewhere
        for x in wanted.differing(shown, width):
            if at < 0:
                parts.append(f"\x1b[{y + 1};{x + 1}H")
            elif at < x:
                between = pens[at:x] if x - at <= _NEAR else ()
                if between and not any(transition(pen, one)[0] for one in between):
                    parts += characters[at:x]
                else:
                    parts.append(f"\x1b[{x - at}C")
            drawn, pen = _drawn(pen, characters[x], pens[x])
            parts.append(drawn)
            at = x + (2 if characters[x + 1 : x + 2] == [""] else 1)
        return "".join(parts), pen


@lru_cache(1 << 15)
def _drawn(pen: Pen, character: str, wants: Pen) -> tuple[str, Pen]:
    """What draws a character after `pen`, and the pen then; `▄` stands in for `▀` where that is shorter."""
    sequence, now = transition(pen, wants)
    if sequence and character == "▀" and (other := swapped(wants)) is not None:
        turned, then = transition(pen, other)
        if len(turned) < len(sequence):
            return turned + "▄", then
    return sequence + character, now
