"""What the terminal shows and what it should show, cell by cell: the difference is sent.

Textual sends whole pieces of lines again, each with its full style, whenever anything in them may have
changed. Here only cells that really differ are sent, with the fewest bytes that take the terminal from one
colour to the next.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache

from textual.geometry import Offset

from explorer.ui.terminal.colour_order import in_colour_order
from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.pens import PLAIN, Pen, blank, swapped, transition

_NEAR = 4
"""A move to the right costs 4 bytes: up to this many unchanged cells are sent again instead."""
_FEW = 400
"""The most cells that a key may change to have them sent before all else: a cursor changes up to 200, and a
second key must not wait for a whole picture that the first one asked for."""
_FEWEST = 12
"""The fewest cells of a line that are sent in another order than from left to right."""
_FAR = 1 << 16
"""A column that no terminal has."""
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

    def changing(self, x: int, characters: list[str], pens: list[Pen]) -> Iterator[int]:
        """The columns in which these cells would be others than there are; of a wide character, both."""
        there = [*zip(self.characters[x:], self.pens[x:], strict=True)]
        there += [("", PLAIN)] * (len(pens) - len(there))
        for column, (cell, old) in enumerate(zip(zip(characters, pens, strict=True), there), x):  # noqa: B905
            if cell != old:
                yield column
                if not cell[0]:
                    yield column - 1

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

    def reach(self, width: int) -> None:
        """Have at least this many cells; those that are added are unlike any that is ever wanted."""
        missing = width - len(self.pens)
        if missing > 0:
            self.characters += "\0" * missing
            self.pens += [PLAIN] * missing


class Grid:
    """The screen: nothing outside it is ever sent, whatever is written."""

    def __init__(self) -> None:
        """Start with nothing known of what the terminal shows."""
        self._wanted: dict[int, Row] = {}
        self._shown: dict[int, Row] = {}
        self._dirty: set[int] = set()
        self._hurried: dict[int, set[int]] = {}
        self._next = (0, 0)
        self._verbatim: list[str] = []
        self._cursor = Offset(0, 0)
        self._at_once = False
        self._size: tuple[int, int] | None = None

    @property
    def pending(self) -> bool:
        """Whether there may be something to send."""
        return bool(self._dirty or self._verbatim)

    @property
    def verbatim(self) -> bool:
        """Whether there is something to send that isn't a frame: it waits for nothing."""
        return bool(self._verbatim)

    def forget(self) -> None:
        """Send everything again: the terminal may show something else."""
        self._shown.clear()
        self._hurried.clear()
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
        hurried: list[tuple[int, list[int]]] = []
        for y, x, characters, pens in frame.pieces():
            row = self._row(y)
            if frame.asked:
                hurried.append((y, [*row.changing(x, characters, pens)]))
            row.put(x, characters, pens)
        if sum(len(columns) for _, columns in hurried) <= _FEW:
            for y, columns in hurried:
                self._hurried.setdefault(y, set()).update(columns)
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

        What a key changed comes first; then the other lines, each in turn, as they are by now.

        Args:
            most: characters after which the rest is left for the next call; None: send everything.
        """
        sent = self._verbatim
        self._verbatim = []
        before = len(sent)
        pen, room = PLAIN, most
        for y, some in self._in_turn():
            if room is not None and room <= 0:
                break
            line, pen, left = self._line(y, pen, some, room)
            if line:
                sent.append(line)
                room = None if room is None else room - len(line)
            if isinstance(some, range):
                self._next = (y + 1, 0) if left is None else (y, left)
                self._dirty -= {y} if left is None and not some.start else set()
            elif left is None:
                del self._hurried[y]
        if len(sent) == before:
            return "".join(sent)
        if pen is not PLAIN:
            sent.append("\x1b[m")
        sent.append(f"\x1b[{self._cursor.y + 1};{self._cursor.x + 1}H")
        if self._at_once:
            sent.insert(before, _BEGIN)
            sent.append(_END)
        return "".join(sent)

    def _in_turn(self) -> Iterator[tuple[int, Container[int]]]:
        """The lines to send, and which of their columns: what a key changed; then all, in turn."""
        yield from sorted(self._hurried.items())
        row, column = self._next
        if column and row in self._dirty:
            yield row, range(column, _FAR)
            row += 1
        yield from ((y, range(_FAR)) for y in sorted(self._dirty, key=lambda y: (y < row, y)))

    def _line(self, y: int, pen: Pen, some: Container[int], most: int | None) -> tuple[str, Pen, int | None]:
        """What brings some columns of a line up to date, the pen then, and the first column that is left."""
        width, height = self._size or (None, None)
        wanted, shown = self._wanted[y], self._shown.setdefault(y, Row())
        unchanged = wanted.characters == shown.characters and wanted.pens == shown.pens
        if unchanged or (height is not None and y >= height):
            return "", pen, None
        columns = [x for x in wanted.differing(shown, width) if x in some]
        shown.reach(len(wanted.pens))
        order = columns
        if len(columns) >= _FEWEST:
            order = in_colour_order(columns, wanted.characters, wanted.pens)
        sent, pen, drawn = _painted(y, wanted, order, pen, most)
        for x in drawn:
            end = x + (2 if wanted.characters[x + 1 : x + 2] == [""] else 1)
            shown.characters[x:end], shown.pens[x:end] = wanted.characters[x:end], wanted.pens[x:end]
        return sent, pen, None if len(drawn) == len(columns) else 0


def _painted(
    y: int, row: Row, order: Sequence[int], pen: Pen, most: int | None
) -> tuple[str, Pen, Sequence[int]]:
    """What draws cells of a line in an order, the pen then, and the columns of those that were drawn.

    Args:
        y: the line.
        row: what it should show.
        order: the columns where a character begins that is to be drawn.
        pen: the terminal's.
        most: characters after which the rest is left out; None: draw all of it.
    """
    characters, pens = row.characters, row.pens
    parts: list[str] = []
    size = 0
    at = -1  # the column where the terminal's cursor is; -1: elsewhere
    for number, x in enumerate(order):
        if most is not None and size >= most:
            return "".join(parts), pen, order[:number]
        if at < 0:
            parts.append(f"\x1b[{y + 1};{x + 1}H")
        elif at < x:
            between = pens[at:x] if x - at <= _NEAR else ()
            if between and not any(transition(pen, one)[0] for one in between):
                parts += characters[at:x]
            else:
                parts.append(f"\x1b[{x - at}C")
        elif at > x:  # not from where the cursor is: behind the last column, terminals differ
            parts.append(f"\x1b[{x + 1}G")
        drawn, pen = _drawn(pen, characters[x], pens[x])
        parts.append(drawn)
        size += len(drawn) + _NEAR
        at = x + (2 if characters[x + 1 : x + 2] == [""] else 1)
    return "".join(parts), pen, order


@lru_cache(1 << 15)
def _drawn(pen: Pen, character: str, wants: Pen) -> tuple[str, Pen]:
    """What draws a character after `pen`, and the pen then; `▄` stands in for `▀` where that is shorter."""
    sequence, now = transition(pen, wants)
    if sequence and character == "▀" and (other := swapped(wants)) is not None:
        turned, then = transition(pen, other)
        if len(turned) < len(sequence):
            return turned + "▄", then
    return sequence + character, now
