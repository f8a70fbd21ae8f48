"""Where the squares of a confusion matrix are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len

ACCURACY: Final = 9
"""Columns of each class's accuracy, at the right."""
_LONGEST_NAME = 12
"""Columns that the name of a class may take at the left of its row."""
_WIDEST, _NARROWEST = 9, 4
"""Columns of a square."""


class Grid(NamedTuple):
    """Where the squares are; of many classes a page of rows and of columns is shown, that of the cursor."""

    numbered: bool
    """Whether columns have the classes' numbers, and rows both: not all names fit over a square."""
    label: int
    """Columns of the names, at the left."""
    left: int
    """The column where the first square begins."""
    top: int
    """The line where the first row begins."""
    width: int
    """Columns of a square."""
    height: int
    """Lines of a square."""
    end: int
    """The column of a square before which numbers end: the longest is in the middle, or fills the square."""
    rows: range
    """The true classes that are shown."""
    columns: range
    """The classes read as that are shown."""

    def square_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The row and column of the matrix at a position on the widget."""
        row, column = (y - self.top) // self.height, (x - self.left) // self.width
        within = 0 <= row < len(self.rows) and 0 <= column < len(self.columns)
        return (self.rows[row], self.columns[column]) if within else None


def fit(names: Sequence[str], longest: int, cursor: tuple[int, int], width: int, height: int) -> Grid:
    """The largest squares that fit, in the middle.

    Args:
        names: of the classes.
        longest: characters of the longest number in a square.
        cursor: the square whose page is shown.
        width: columns of the widget.
        height: lines of the widget.
    """
    classes = max(1, len(names))
    name = max(map(cell_len, names), default=1)
    numbered = name > min(_WIDEST, (width - 6 - ACCURACY) // classes) - 1
    label = 3 + max(3, min(_LONGEST_NAME, name) + 3 * numbered)
    room = width - label - ACCURACY
    wide = max(_NARROWEST, min(_WIDEST, room // classes))
    tall = max(1, min(3, (height - 5) // classes))
    rows, columns = (
        _page(classes, shown, one)
        for shown, one in zip(((height - 3) // tall, room // wide), cursor, strict=True)
    )
    left = max(0, (width - label - len(columns) * wide - ACCURACY) // 2) + label
    top = max(2, (height - len(rows) * tall - 4) // 2 + 2)
    end = wide - max(1, (wide - longest + 1) // 2)
    return Grid(numbered, label, left, top, wide, tall, end, rows, columns)


def _page(classes: int, shown: int, cursor: int) -> range:
    """The page of classes that the cursor is on, if `shown` fit side by side; pages rarely turn."""
    shown = max(1, shown)
    first = cursor // shown * shown
    return range(first, min(classes, first + shown))
