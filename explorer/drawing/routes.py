"""How the values get from one layer to the next: the second half of a layout that nobody made by hand.

Between two layers, each value that changes lines does so in a column of its own, and enters a box on a line
of its own; so two values cross, but never run along each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from explorer.drawing.layers import Layers, Place
from explorer.drawing.plan import Point, Wire


class Turn(NamedTuple):
    """Where a value changes lines, in columns after a layer."""

    column: int
    detour: Point | None = None
    """Where it goes first, if its way isn't free yet: a column before, and a free line to wait on."""


class Routes:
    """The ways between layers."""

    def __init__(self, layers: Layers) -> None:
        """Find the ways."""
        self._layers = layers
        self.entries = dict(self._entered())
        """The line on which a value, the first key, comes to an operation, the second."""
        self.turns: dict[Place, Turn] = {}
        """Where each value turns after a layer, if it does."""
        self.columns = [self._turned(layer) for layer in range(len(layers.places))]
        """How many columns the turns after each layer take."""

    def _entered(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Of two operands, one comes from the left; the other from above, or from below if it starts there.

        More than two meet before the box.
        """
        lines, of = self._layers.lines, self._layers.of
        for key, operation in self._layers.flow.items():
            line, before = lines[key, of[key]], of[key] - 1
            sources = sorted({*map(str, operation.operands)}, key=lambda one: (lines[one, before], int(one)))
            below = len(sources) > 1 and lines[sources[0], before] >= line
            where = [line] if len(sources) == 1 else [line, line + 1] if below else [line - 1, line]
            for number, source in enumerate(sources):
                yield (source, key), where[number] if number < len(where) else line

    def _turned(self, layer: int) -> int:
        """Give each value that changes lines after a layer its column; return how many that takes.

        One must leave its line before another turns into it. Where two wait for each other, one of them goes
        aside first.
        """
        layers, lines = self._layers, self._layers.lines
        here = layers.places[layer]
        ways = {
            key: {self.entries.get((key, other), lines.get((other, layer + 1), 0)) for other in after}
            for key in here
            if (after := layers.near(key, layer, before=False))
        }
        moving = [key for key in ways if ways[key] - {lines[key, layer]}]
        taken = {lines[key, layer] for key in here}.union(*ways.values())
        aside: dict[str, Point] = {}
        for column in count(1):
            if not moving:
                return column
            waiting = {lines[key, layer]: key for key in moving if key not in aside}
            free = [key for key in moving if all(waiting.get(line, key) == key for line in ways[key])]
            if free:
                self.turns[free[0], layer] = Turn(column, aside.get(free[0]))
                moving.remove(free[0])
            else:
                key = next(key for key in moving if key not in aside)
                line = lines[key, layer]
                near = (line + side * far for far in count(1) for side in (1, -1))
                aside[key] = column, next(one for one in near if one not in taken)
                taken.add(aside[key][1])
        raise AssertionError

    def wires(self, left: list[int], boxes: dict[str, Point]) -> Iterator[Wire]:
        """A wire for every operand.

        Args:
            left: for each layer, the column after its boxes.
            boxes: the centre of each.
        """
        layers, lines = self._layers, self._layers.lines
        for key, operation in layers.flow.items():
            for source in map(str, operation.operands):
                via: list[Point] = []
                for layer in range(layers.of[source], layers.of[key]):
                    last = layer + 1 == layers.of[key]
                    to = self.entries[source, key] if last else lines[source, layer + 1]
                    if to != (line := lines[source, layer]):
                        turn = self.turns[source, layer]
                        if turn.detour:
                            column = left[layer] + turn.detour[0]
                            via += [(column, line), (column, line := turn.detour[1])]
                        via += [(left[layer] + turn.column, line), (left[layer] + turn.column, to)]
                column, line = boxes[key]
                if self.entries[source, key] != line:
                    via.append((column, self.entries[source, key]))
                yield Wire(source, key, tuple(via))
