"""A curve that runs downward, in braille: the lines of text are those of the maps beside it."""

from __future__ import annotations

from collections.abc import Sequence

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character's dots: four rows of two."""


def curve(shares: Sequence[float], before: float | None, rows: int, columns: int) -> str:
    """One line of text of the curve.

    Args:
        shares: the value at each timestep of this line, from 0, at the left, to 1.
        before: the value at the timestep before, from which the curve goes on; None at the first one.
        rows: the rows of dots that each timestep has, of the line's four.
        columns: columns of the line.
    """
    line = [0] * columns
    places = [round(share * (2 * columns - 1)) for share in shares]
    last = places[0] if before is None else round(before * (2 * columns - 1))
    for index, place in enumerate(places):
        for row in range(index * rows, (index + 1) * rows):
            for dot in range(min(last, place), max(last, place) + 1):
                line[dot // 2] |= DOTS[row][dot % 2]
            last = place  # only the first row of a timestep leads there from the one before
    return "".join(chr(0x2800 + dots) if dots else " " for dots in line)
