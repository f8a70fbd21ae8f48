"""The extremes of any stretch of a long line of numbers, in a time that hardly depends on its length."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

BLOCK = 256
"""Points per block, whose extremes and sum are kept. A million points are 3,900 blocks."""

Kind = Literal["nan", "inf", "-inf"]
"""What a value is that isn't finite."""


class Block(NamedTuple):
    """The extremes and the sum of some neighbouring points, without those that aren't finite."""

    low: int
    """The index of the first of the lowest; meaningless, like the next three, if no point is finite."""
    lowest: float
    """Its value."""
    high: int
    """The index of the first of the highest."""
    highest: float
    """Its value."""
    total: float
    """Their sum."""
    numbers: int
    """How many points are finite."""


class Extremes(NamedTuple):
    """The extremes and the mean of the finite ones among some neighbouring points."""

    low: int
    """The index of the first of the lowest."""
    lowest: float
    """Its value."""
    high: int
    """The index of the first of the highest."""
    highest: float
    """Its value."""
    mean: float


class Line(ABC):
    """A line of numbers that grows at its end; what isn't finite is a hole in it."""

    def __init__(self) -> None:
        """Begin without anything kept."""
        self._blocks: list[Block] = []

    @abstractmethod
    def __len__(self) -> int:
        """How many points there are."""

    @abstractmethod
    def stretch(self, first: int, end: int) -> Sequence[float]:
        """The values of the points from `first` up to `end`; holes are NaN or infinite."""

    def __getitem__(self, index: int) -> float:
        """The value of one point, 0 ≤ index < length."""
        return self.stretch(index, index + 1)[0]

    def extremes(self, first: int, end: int) -> Extremes | None:
        """The extremes and the mean of the points from `first` up to `end`; None if none is finite.

        Reads at most two blocks' points, and what is kept of the blocks in between.
        """
        parts = [part for part in self._parts(first, end) if part.numbers]
        if not parts:
            return None
        lowest = min(parts, key=lambda part: part.lowest)
        highest = max(parts, key=lambda part: part.highest)
        mean = sum(part.total for part in parts) / sum(part.numbers for part in parts)
        return Extremes(lowest.low, lowest.lowest, highest.high, highest.highest, mean)

    def holes(self, first: int, end: int) -> Counter[Kind]:
        """How many points from `first` up to `end` are no finite number, by what they are."""
        found: Counter[Kind] = Counter()
        at = first
        for part in self._parts(first, end):
            begin, at = at, min(end, (at // BLOCK + 1) * BLOCK)
            if part.numbers < at - begin:
                found.update(kind for value in self.stretch(begin, at) if (kind := kind_of(value)))
        return found

    def cut(self, index: int) -> None:
        """Forget what is kept of the points from this one on: they have changed."""
        del self._blocks[index // BLOCK :]

    def _parts(self, first: int, end: int) -> list[Block]:
        """What is known of these points, block by block, the first and the last of them perhaps in part."""
        self._keep_up()
        start, stop = -(-first // BLOCK), min(end // BLOCK, len(self._blocks))
        if start > stop or first == end:
            return [self._block(first, end)]
        before = [self._block(first, start * BLOCK)] if first < start * BLOCK else []
        after = [self._block(stop * BLOCK, end)] if stop * BLOCK < end else []
        return before + self._blocks[start:stop] + after

    def _keep_up(self) -> None:
        """Add the blocks completed since the last call."""
        while (len(self._blocks) + 1) * BLOCK <= len(self):
            begin = len(self._blocks) * BLOCK
            self._blocks.append(self._block(begin, begin + BLOCK))

    def _block(self, first: int, end: int) -> Block:
        """The extremes and the sum of the points from `first` up to `end`."""
        return summed(first, self.stretch(first, end))


def summed(first: int, stretch: Sequence[float]) -> Block:
    """The extremes and the sum of some neighbouring points, of which the first has this index."""
    values: Sequence[float] = stretch
    total = sum(values)
    if not math.isfinite(total):
        values = [value for value in values if math.isfinite(value)]
        total = sum(values)
    if not values:
        return Block(first, math.nan, first, math.nan, 0.0, 0)
    lowest, highest = min(values), max(values)
    low, high = first + stretch.index(lowest), first + stretch.index(highest)
    return Block(low, lowest, high, highest, total, len(values))


def kind_of(value: float) -> Kind | None:
    """What a value is that isn't finite; None if it is."""
    if math.isfinite(value):
        return None
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def doubles() -> array[float]:
    """A growing column of floats: 8 bytes a point, where a list of floats takes 32."""
    return array("d")
