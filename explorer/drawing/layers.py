"""Which operation stands in which layer, on which line: the first half of a layout that nobody made by hand.

Longest-path layering (an operation stands as far left as its operands allow), values that pass a layer get a
place in it, the order within a layer follows the median of the neighbours, and the lines follow their mean:
Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures", IEEE
Transactions on Systems, Man and Cybernetics 11(2), 1981, on a grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Final

from explorer.runs.events import OperationInfo

APART: Final = 3
"""Lines from one place of a layer to the next: its box, its label, and what keeps them apart."""
SWEEPS: Final = 8
"""How often order and lines are improved, forward and backward in turns."""

Place = tuple[str, int]
"""What a layer has room for: an operation's key, and the layer."""


class Layers:
    """Operations in layers."""

    def __init__(self, flow: Mapping[str, OperationInfo]) -> None:
        """Arrange some operations; each comes after those that it reads, and its key is its position."""
        self.flow = flow
        self._users = {
            key: [other for other, one in flow.items() if int(key) in one.operands] for key in flow
        }
        self.of: dict[str, int] = {}
        """The layer of each operation."""
        for key, operation in flow.items():
            self.of[key] = 1 + max((self.of[str(operand)] for operand in operation.operands), default=-1)
        last = max(self.of.values())
        self.of |= {key: last for key, users in self._users.items() if not users}
        self.places = self._placed()
        """The keys in each layer, from the top: the operations there, and the results that pass it."""
        self.lines = self._lined()
        """The line of each place."""

    def goes_out(self, key: str) -> bool:
        """Whether nothing reads it."""
        return not self._users[key]

    def near(self, key: str, layer: int, before: bool) -> list[str]:
        """What a place is wired to in the layer before, or after."""
        if before:
            return [key] if self.of[key] < layer else [str(operand) for operand in self.flow[key].operands]
        beyond = [key] if any(self.of[other] > layer + 1 for other in self._users[key]) else []
        return beyond + [other for other in self._users[key] if self.of[other] == layer + 1]

    def _placed(self) -> list[list[str]]:
        """The order of the places, by sweeps."""
        ends = {key: max([self.of[other] for other in users] or [0]) for key, users in self._users.items()}
        order = [
            [key for key in self.flow if self.of[key] == layer or self.of[key] < layer < ends[key]]
            for layer in range(max(self.of.values()) + 1)
        ]
        for forward in (sweep % 2 == 0 for sweep in range(SWEEPS)):
            for layer in range(1, len(order)) if forward else range(len(order) - 2, -1, -1):
                ranks = {key: rank for rank, key in enumerate(order[layer - 1 if forward else layer + 1])}
                wanted: dict[str, float] = {}
                for rank, key in enumerate(order[layer]):
                    beside = [ranks[one] for one in self.near(key, layer, forward) if one in ranks]
                    wanted[key] = median(beside) if beside else rank
                order[layer].sort(key=wanted.__getitem__)
        return order

    def _lined(self) -> dict[Place, int]:
        """The lines, by sweeps: near the neighbours', in the layer's order, and never too close."""
        at: dict[Place, float] = {
            (key, layer): APART * rank
            for layer, keys in enumerate(self.places)
            for rank, key in enumerate(keys)
        }
        for forward in (sweep % 2 == 0 for sweep in range(SWEEPS)):
            for layer, keys in list(enumerate(self.places))[:: 1 if forward else -1]:
                beside = layer - 1 if forward else layer + 1
                wanted = []
                for key in keys:
                    near = [at[one, beside] for one in self.near(key, layer, forward) if (one, beside) in at]
                    wanted.append(mean(near) if near else at[key, layer])
                at |= {(key, layer): line for key, line in zip(keys, _apart(wanted), strict=True)}
        return {place: round(line) for place, line in at.items()}


def _apart(wanted: Sequence[float]) -> list[float]:
    """Lines near the wanted ones, in the same order, each at least `APART` after the one before."""
    lines: list[int] = []
    for line in wanted:
        lines.append(round(line) if not lines else max(round(line), lines[-1] + APART))
    shift = round(mean(one - other for one, other in zip(lines, wanted, strict=True))) if lines else 0
    return [line - shift for line in lines]
