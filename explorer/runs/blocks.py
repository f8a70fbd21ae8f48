"""The extremes of any stretch of a long line of numbers, in a time that hardly depends on its length."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

BLOCK = 256
"""Points per block, whose extremes and sum are kept. A million points are 3,900 blocks."""

Kind = Literal["nan", "inf", "-inf"]
"""What a value is that isn't finite."""


class Block(NamedTuple):
    """The extremes and the sum of some neighbouring points, without those that aren't finite."""

    low: int
    """The index of the first of the lowest; meaningless, like that of the highest, if no point is finite."""
    lowest: float
    """Its value; infinite if no point is finite."""
    high: int
    """The index of the first of the highest."""
    highest: float
    """Its value; -infinite if no point is finite."""
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


class _Blocks:
    """Blocks of a line, in order: 38 bytes each, where a list of them takes 220."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lows, self._highs, self._numbers = array("Q"), array("Q"), array("H")
        self._lowest, self._highest, self._totals = doubles(), doubles(), doubles()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._lows)

    def append(self, block: Block) -> None:
        """Add the next one."""
        for column, value in zip(self._columns, block, strict=True):
            column.append(value)

    def cut(self, number: int) -> None:
        """Keep only the first so many."""
        for column in self._columns:
            del column[number:]

    def over(self, start: int, stop: int) -> Block:
        """Several neighbouring ones, at least one, as if they were one."""
        lowest, highest = self._lowest[start:stop], self._highest[start:stop]
        least, most = min(lowest), max(highest)
        low, high = self._lows[start + lowest.index(least)], self._highs[start + highest.index(most)]
        return Block(low, least, high, most, sum(self._totals[start:stop]), sum(self._numbers[start:stop]))

    def incomplete(self, start: int, stop: int) -> Iterator[int]:
        """The numbers of those that have points which aren't finite."""
        return (number for number in range(start, stop) if self._numbers[number] < BLOCK)

    @property
    def _columns(self) -> tuple[array[Any], ...]:
        """The columns, in the order of `Block`."""
        return self._lows, self._lowest, self._highs, self._highest, self._totals, self._numbers


class Line(ABC):
    """A line of numbers that grows at its end; what isn't finite is a hole in it."""

    def __init__(self) -> None:
        """Begin without anything kept."""
        self._blocks = _Blocks()

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
        start, stop = self._whole(first, end)
        stretches = [(first, end)]
        if start < stop:
            between = (
                (number * BLOCK, (number + 1) * BLOCK) for number in self._blocks.incomplete(start, stop)
            )
            stretches = [(first, start * BLOCK), *between, (stop * BLOCK, end)]
        parts = (self.stretch(*stretch) for stretch in stretches)
        broken = (part for part in parts if not math.isfinite(sum(part)))  # of most, the sum says
        return Counter(kind for part in broken for value in part if (kind := kind_of(value)))

    def cut(self, index: int) -> None:
        """Forget what is kept of the points from this one on: they have changed."""
        self._blocks.cut(index // BLOCK)

    def _parts(self, first: int, end: int) -> list[Block]:
        """What is known of these points: before the whole blocks among them, of these, and after them."""
        start, stop = self._whole(first, end)
        if start >= stop:
            return [self._block(first, end)]
        edges = [self._block(first, start * BLOCK), self._block(stop * BLOCK, end)]
        return [edges[0], self._blocks.over(start, stop), edges[1]]

    def _whole(self, first: int, end: int) -> tuple[int, int]:
        """The first block that begins among these points, and that after the last that ends there."""
        self._keep_up()
        return -(-first // BLOCK), min(end // BLOCK, len(self._blocks))

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
    # A list, because an array makes a number of each of its values again and again.
    values = stretch = stretch.tolist() if isinstance(stretch, array) else [*stretch]
    total = sum(values)
    if not math.isfinite(total):
        values = [value for value in values if math.isfinite(value)]
        total = sum(values)
    if not values:
        return Block(first, math.inf, first, -math.inf, 0.0, 0)
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
