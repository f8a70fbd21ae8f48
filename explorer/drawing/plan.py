"""What a drawing of a cell is: operations and wires, each at its place.

The grid is that of a terminal: columns to the right, lines downward, both from 0; a line is about twice as
high as a column is wide. The same drawing is painted there and in print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

Point = tuple[int, int]
"""A column and a line."""

SIGNS: Final = ("σ", "tanh", "×", "+", "−", "1−")
"""What the operations of the known cells are called, beside the products with a matrix: `W_ih`, `W_hh`."""
ROUND: Final = frozenset({"×", "+", "−"})
"""The operations that are drawn as circles: they combine two values, unit by unit."""
NUMBER: Final = 6
"""The columns of a number."""


class Operation(NamedTuple):
    """Something that a timestep of the cell computes, or gets, or passes on."""

    sign: str
    """What it does: one of `SIGNS`, a matrix, or the letter of what comes in (`h`) or goes out (`h'`)."""
    at: Point = (0, 0)
    """Its centre; of what comes in, where its wire begins, and of what goes out, the arrow's head."""
    name: str = ""
    """The activation that it computes; empty: a value without a letter of its own."""
    colour: str = ""
    """The activation whose colour its wire has, where that isn't its own."""


class Wire(NamedTuple):
    """A value on its way from one operation to another."""

    source: str
    target: str
    via: tuple[Point, ...] = ()
    """The corners."""


class Label(NamedTuple):
    """A place for the name and the value of what an operation computes; it stands beside a wire."""

    of: str
    """The operation."""
    at: Point
    """Its leftmost column."""
    name: str
    """What it says before the number; may be empty."""
    wide: int = 1
    """The columns that the name takes."""
    digits: int = NUMBER
    """The columns after it in which the number stands, right-aligned; a longer one ends farther right."""


class Plan(NamedTuple):
    """A whole drawing."""

    columns: int
    lines: int
    operations: Mapping[str, Operation]
    """By a key that no other has; whatever an operation reads comes before it."""
    wires: tuple[Wire, ...]
    labels: tuple[Label, ...]
    equations: tuple[str, ...]
    """In the letters of the code."""

    def operands(self, key: str) -> list[str]:
        """The operations that one reads, in the order of their wires."""
        return [wire.source for wire in self.wires if wire.target == key]

    def is_input(self, key: str) -> bool:
        """Whether something comes in from outside: the timestep's input, or the state before it."""
        return not any(wire.target == key for wire in self.wires)

    def is_output(self, key: str) -> bool:
        """Whether something goes out: a part of the state."""
        return not any(wire.source == key for wire in self.wires)

    @property
    def state(self) -> list[str]:
        """The letters of what goes out, and comes in again at the next timestep."""
        return [one.sign.removesuffix("'") for key, one in self.operations.items() if self.is_output(key)]

    def path(self, wire: Wire) -> list[Point]:
        """A wire's corners, from the centre of one operation to that of the other."""
        return [self.operations[wire.source].at, *wire.via, self.operations[wire.target].at]

    def width(self, key: str) -> int:
        """The columns of an operation's box; what comes in or goes out has none."""
        return 1 if self.is_input(key) or self.is_output(key) else len(self.operations[key].sign) + 2

    def tone(self, key: str) -> str:
        """The activation whose colour an operation and its wires have; empty: none."""
        operation = self.operations[key]
        return operation.colour or operation.name


def pieces(path: Sequence[Point]) -> list[tuple[Point, Point]]:
    """The straight pieces of a path; none is empty."""
    return [(one, other) for one, other in pairwise(path) if one != other]
