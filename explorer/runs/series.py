"""One value over the steps of a run of any length, with the minima, maxima and sums for a plot at hand."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import NamedTuple

BLOCK = 256
"""Points per block; each block's minimum, maximum and sum are kept. A million steps are 3,900 blocks."""
LATEST_INSERT = 100_000
"""How many points back a late step is still inserted: that moves 800 KB, in some 20 µs. A step later
than that isn't from one of our engines."""


class Block(NamedTuple):
    """The extremes and the sum of some neighbouring points, without those that are NaN."""

    low: int
    """The index of the first of the lowest; meaningless if none is a number."""
    high: int
    """The index of the first of the highest."""
    total: float
    """Their sum."""
    numbers: int
    """How many points are numbers."""


class Extremes(NamedTuple):
    """The extremes and the mean of some neighbouring points."""

    low: int
    """The index of the first of the lowest."""
    high: int
    """The index of the first of the highest."""
    mean: float
    """The mean of those that are numbers."""


def _doubles() -> array[float]:
    """A growing column of floats: 8 bytes a step, where a list of floats takes 32."""
    return array("d")


@dataclass
class Series:
    """One value over the steps."""

    steps: array[float] = field(default_factory=_doubles)
    """x: the step, ascending."""
    values: array[float] = field(default_factory=_doubles)
    """y: the value; NaN where there was none."""
    _blocks: list[Block] = field(default_factory=list, repr=False, compare=False)

    def add(self, step: int, value: float | None) -> bool:
        """Insert one point, nearly always at the end; false if its step is there already, or is too late.

        A resumed engine records again the steps that damage took from the file: those are late.
        """
        number = math.nan if value is None else value
        if not self.steps or step > self.steps[-1]:
            self.steps.append(step)
            self.values.append(number)
            return True
        index = bisect_left(self.steps, step)
        if self.steps[index] == step or len(self.steps) - index > LATEST_INSERT:
            return False
        self.steps.insert(index, step)
        self.values.insert(index, number)
        del self._blocks[index // BLOCK :]
        return True

    def extend(self, steps: Sequence[int], values: Sequence[float | None]) -> bool:
        """Append points, all together; false, and nothing done, unless the steps ascend from the last one.

        A million take 0.2 s; one by one, 0.6 s.
        """
        if (self.steps and steps[0] <= self.steps[-1]) or not all(map(lt, steps, steps[1:])):
            return False
        self.steps.extend(steps)
        self.values.extend([math.nan if value is None else value for value in values])
        return True

    def __len__(self) -> int:
        """How many points there are."""
        return len(self.values)

    def extremes(self, first: int, end: int) -> Extremes | None:
        """The extremes and the mean of the points from `first` up to `end`; None if none is a number.

        Reads at most two blocks' points, and what is kept of the blocks in between.
        """
        self._keep_up()
        start, stop = -(-first // BLOCK), min(end // BLOCK, len(self._blocks))
        if start < stop:
            between = self._blocks[start:stop]
            parts = [self._block(first, start * BLOCK), *between, self._block(stop * BLOCK, end)]
        else:
            parts = [self._block(first, end)]
        parts = [part for part in parts if part.numbers]
        if not parts:
            return None
        value = self.values.__getitem__
        return Extremes(
            min((part.low for part in parts), key=value),
            max((part.high for part in parts), key=value),
            sum(part.total for part in parts) / sum(part.numbers for part in parts),
        )

    def _keep_up(self) -> None:
        """Add the blocks completed since the last call."""
        while (len(self._blocks) + 1) * BLOCK <= len(self.values):
            begin = len(self._blocks) * BLOCK
            self._blocks.append(self._block(begin, begin + BLOCK))

    def _block(self, first: int, end: int) -> Block:
        """The extremes and the sum of the points from `first` up to `end`."""
        values: list[float] | array[float] = self.values[first:end]
        total = sum(values)
        if math.isnan(total):
            values = [value for value in values if not math.isnan(value)]
            total = sum(values)
        if not values:
            return Block(first, first, 0.0, 0)
        low, high = (self.values.index(extreme, first, end) for extreme in (min(values), max(values)))
        return Block(low, high, total, len(values))
