"""One value over the steps of a run, of any length, with what a plot wants to know of it ready."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import NamedTuple

BLOCK = 256
"""Points of which the minimum, the maximum and the sum are kept: a million steps are 3,900 blocks."""
LATE = 100_000
"""How far back a step that comes late is put in its place: that moves 800 KB, in some 20 µs. What comes
later still isn't of an engine of ours."""


class Block(NamedTuple):
    """What some neighbouring points come to, those left out that are NaN."""

    low: int
    """The index of the first of the lowest; of no meaning where none is a number."""
    high: int
    """The index of the first of the highest."""
    total: float
    """Their sum."""
    numbers: int
    """How many there are."""


class Extremes(NamedTuple):
    """Where some neighbouring points are lowest and highest."""

    low: int
    """The index of the first of the lowest."""
    high: int
    """The index of the first of the highest."""
    mean: float
    """Of all that are numbers."""


def _doubles() -> array[float]:
    """A growing column of 8-byte floats: 8 bytes a step, where a list of floats takes 32."""
    return array("d")


@dataclass
class Series:
    """One value over the steps."""

    steps: array[float] = field(default_factory=_doubles)
    """x: the step, rising."""
    values: array[float] = field(default_factory=_doubles)
    """y: the value; NaN where there was none."""
    _blocks: list[Block] = field(default_factory=list, repr=False, compare=False)

    def add(self, step: int, value: float | None) -> bool:
        """Put one point in its place, which nearly always is the end; false where one is already.

        An engine that takes a run up again tells what damage took from the file: those steps are late.
        """
        number = math.nan if value is None else value
        if not self.steps or step > self.steps[-1]:
            self.steps.append(step)
            self.values.append(number)
            return True
        place = bisect_left(self.steps, step)
        if self.steps[place] == step or len(self.steps) - place > LATE:
            return False
        self.steps.insert(place, step)
        self.values.insert(place, number)
        del self._blocks[place // BLOCK :]
        return True

    def extend(self, steps: Sequence[int], values: Sequence[float | None]) -> bool:
        """Put points at the end, all together; false, and nothing done, unless the steps rise from there.

        A million take 0.2 s; one by one, 0.6.
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
        """What the points from one index up to another come to; None where none is a number.

        Looks at no more than two blocks' points, and at what is kept of the blocks in between.
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
        """Look at the blocks that have become whole since."""
        while (len(self._blocks) + 1) * BLOCK <= len(self.values):
            begin = len(self._blocks) * BLOCK
            self._blocks.append(self._block(begin, begin + BLOCK))

    def _block(self, first: int, end: int) -> Block:
        """What the points from one index up to another come to."""
        values: list[float] | array[float] = self.values[first:end]
        total = sum(values)
        if math.isnan(total):
            values = [value for value in values if not math.isnan(value)]
            total = sum(values)
        if not values:
            return Block(first, first, 0.0, 0)
        low, high = (self.values.index(extreme, first, end) for extreme in (min(values), max(values)))
        return Block(low, high, total, len(values))
