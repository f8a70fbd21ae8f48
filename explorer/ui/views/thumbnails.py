"""Small pictures of samples, and where they stand: arithmetic without a screen."""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.style import Style

from explorer.ui.views.braille import curve
from explorer.ui.views.mistakes_data import Square
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line

WIDE: Final = 14
"""Columns of a picture, each a pixel: MNIST's 28 in pairs."""
HIGH: Final = 7
"""Lines of a picture, two pixels each."""
DOTS: Final = 4 * HIGH
"""Rows of dots in a curve."""


class Tiles(NamedTuple):
    """The places of the pictures: each has a column for the mark at its left, and below it its words."""

    columns: int
    """Pictures side by side."""
    rows: int
    """One above the other."""
    pitch: int
    """Lines from one row to the next."""
    first: int
    """The first one of the page, by its rank from 0."""

    @classmethod
    def fit(cls, width: int, height: int, cursor: int) -> Tiles:
        """As many as fit, on the page that the cursor is on; a line between two rows where it is free."""
        columns, rows = max(1, width // (WIDE + 2)), max(1, height // (HIGH + 1))
        free = (HIGH + 2) * rows - 1 <= height
        return cls(columns, rows, HIGH + 1 + free, cursor // (columns * rows) * columns * rows)

    @property
    def page(self) -> int:
        """How many are on a page."""
        return self.columns * self.rows

    def at(self, x: int, y: int) -> int | None:
        """The rank of the picture at a place; None between them."""
        column, row = x // (WIDE + 2), y // self.pitch
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return None
        inside = 1 <= x - column * (WIDE + 2) <= WIDE and y - row * self.pitch <= HIGH
        return self.first + row * self.columns + column if inside else None


class Thumbnails:
    """The pictures of a square's samples, each made when it is first needed."""

    def __init__(self, square: Square, dark: bool, tint: palette.Tint) -> None:
        """Prepare to paint.

        Args:
            square: whose samples.
            dark: whether the theme is dark.
            tint: which colours the terminal can show.
        """
        self.shown = square, dark, tint
        """What they depend on."""
        self._made: dict[int, list[Line]] = {}
        self._columns = [_part(column, square.inputs, WIDE) for column in range(WIDE)]

    def lines(self, rank: int) -> list[Line]:
        """The lines of one picture."""
        if rank not in self._made:
            flat = self.shown[0].inputs == 1
            self._made[rank] = self._curve(rank) if flat else self._picture(rank)
        return self._made[rank]

    def _picture(self, rank: int) -> list[Line]:
        """Half-blocks: means of neighbours, or of few, each as a larger square."""
        _, dark, tint = self.shown
        pairs = palette.ink_pairs(dark, tint)
        levels = [self._levels(rank, row, len(pairs)) for row in range(2 * HIGH)]
        lines = []
        for upper, lower in zip(levels[::2], levels[1::2], strict=True):
            if lower:
                cells = [pairs[one][other] for one, other in zip(upper, lower, strict=True)]
            else:
                cells = [palette.upper_half(pairs[one][one]) for one in upper]
            lines.append(Line().cells(cells).to(WIDE))
        return lines

    def _levels(self, rank: int, row: int, levels: int) -> list[int]:
        """The colours of one row of pixels; none after the sample's end."""
        square = self.shown[0]
        first, last = _part(row, square.timesteps, 2 * HIGH)
        last = min(last, square.ends[rank])
        if first >= last:
            return []
        start = rank * square.timesteps
        shares, top = square.numbers.means(start + first, start + last), levels - 1
        means = (sum(shares[left:right]) / (right - left) for left, right in self._columns)
        return [min(top, int(mean * levels)) for mean in means]

    def _curve(self, rank: int) -> list[Line]:
        """A sample of one input, in braille, which runs downward."""
        square, dark, tint = self.shown
        style = Style() if tint == "none" else Style(color=palette.hex_of(palette.ink(dark)[-1]))
        start = rank * square.timesteps
        timesteps = [dot * square.timesteps // DOTS for dot in range(DOTS)]
        shares = [square.numbers.shares(start + one)[0] for one in timesteps if one < square.ends[rank]]
        lines = []
        for first in range(0, DOTS, 4):
            part = shares[first : first + 4]
            before = shares[first - 1] if first and part else None
            lines.append(Line().add(curve(part, before, 1, WIDE) if part else " " * WIDE, style))
        return lines


def _part(place: int, count: int, places: int) -> tuple[int, int]:
    """Which of `count` neighbours one of so many places shows: the first, and the one after the last."""
    first = place * count // places
    return first, max(first + 1, (place + 1) * count // places)
