"""Where the wires of a drawing run: where those of one value part, and where two values cross."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from explorer.drawing.plan import Plan, Point, pieces

LEFT: Final = 1
RIGHT: Final = 2
UP: Final = 4
DOWN: Final = 8


class Strokes(NamedTuple):
    """The cells of the grid that wires run through."""

    cells: dict[Point, dict[str, int]]
    """In each cell, the directions in which each value's wires leave it; a value is that of an operation."""

    @classmethod
    def of(cls, plan: Plan) -> Strokes:
        """Those of a drawing."""
        cells: dict[Point, dict[str, int]] = defaultdict(dict)
        for wire in plan.wires:
            for one, other in pieces(plan.path(wire)):
                for at, directions in _walk(one, other):
                    cells[at][wire.source] = cells[at].get(wire.source, 0) | directions
        return cls(dict(cells))

    @property
    def junctions(self) -> list[tuple[Point, str]]:
        """Where wires of one value part, and whose."""
        return [
            (at, source)
            for at, values in self.cells.items()
            for source, directions in values.items()
            if directions.bit_count() > 2
        ]

    @property
    def bridges(self) -> list[tuple[Point, str]]:
        """Where one value's wire crosses another's, and whose is the upright one, which passes over."""
        return [
            (at, next(source for source, directions in values.items() if directions == UP | DOWN))
            for at, values in self.cells.items()
            if sorted(values.values()) == [LEFT | RIGHT, UP | DOWN]
        ]


def _walk(one: Point, other: Point) -> Iterator[tuple[Point, int]]:
    """The cells of a straight piece, each with the directions in which it leaves them."""
    (left, top), (right, bottom) = min(one, other), max(one, other)
    for column in range(left, right + 1):
        for line in range(top, bottom + 1):
            across = LEFT * (column > left) | RIGHT * (column < right)
            yield (column, line), across | UP * (line > top) | DOWN * (line < bottom)
