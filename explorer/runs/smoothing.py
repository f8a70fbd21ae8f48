"""A line smoothed exponentially, over all its points, before it is reduced to what fits on a screen.

So the value at a step is the same at every width and zoom. The mean is corrected for its start, as Adam's are
(Kingma and Ba, 2015, section 3): of n points x₁ … xₙ it is Σ (1−a)·aⁿ⁻ᵏ·xₖ / (1 − aⁿ). Points that aren't
finite stay holes, and don't count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from explorer.runs.blocks import BLOCK, Line, doubles, summed

SMOOTHING: Final[Mapping[str, float]] = {"off": 0.0, "light": 0.9, "strong": 0.99}
"""Factors by name: with 0.9, half of the weight is on the last 7 points; with 0.99, on the last 69."""

LATEST: Final = 4
"""How many blocks' smoothed values are kept."""
NEGLIGIBLE: Final = 1e-17
"""What doesn't change a number that is this many times as large."""


def factor_of(text: str) -> float | None:
    """The factor that a name or a number means, as a person types it; None if it means none."""
    name = text.strip().lower()
    if name in SMOOTHING:
        return SMOOTHING[name]
    try:
        factor = float(name)
    except ValueError:
        return None
    return factor if 0 <= factor < 1 else None


class State(NamedTuple):
    """What is known after n finite points."""

    mean: float = 0.0
    """Theirs."""
    rest: float = 1.0
    """aⁿ: what their weights lack to 1."""


class Smoothed(Line):
    """A line smoothed by a factor."""

    def __init__(self, line: Line, factor: float) -> None:
        """Smooth a line, which may grow.

        Args:
            line: what to smooth.
            factor: a, the weight of a point against that of the next, 0 < a < 1.

        Raises:
            ValueError: the factor is not between 0 and 1.
        """
        if not 0 < factor < 1:
            raise ValueError(f"a factor of smoothing is between 0 and 1, not {factor}")
        super().__init__()
        self._line = line
        self.factor = factor
        self._means, self._rests = doubles(), doubles()  # after each whole block
        self._latest: dict[int, list[float]] = {}

    def __len__(self) -> int:
        """How many points there are."""
        return len(self._line)

    def stretch(self, first: int, end: int) -> list[float]:
        """The smoothed values of the points from `first` up to `end`."""
        self._keep_up()
        values: list[float] = []
        for block in range(first // BLOCK, -(-end // BLOCK)):
            begin = block * BLOCK
            values += self._of_block(block)[max(0, first - begin) : end - begin]
        return values

    def knows(self, end: int) -> bool:
        """Whether the points before this one are smoothed already, but for the last block's."""
        return end // BLOCK <= len(self._blocks)

    def prepare(self, blocks: int) -> bool:
        """Smooth at most so many blocks; whether there are more."""
        self._smooth(len(self._blocks) + blocks)
        return not self.knows(len(self))

    def cut(self, index: int) -> None:
        """Forget what is kept of the points from this one on: they have changed."""
        super().cut(index)
        del self._means[index // BLOCK :], self._rests[index // BLOCK :]
        self._latest.clear()

    def _of_block(self, block: int) -> list[float]:
        """The smoothed values of a block; the latest are kept, since neighbouring columns share them."""
        if block in self._latest:
            return self._latest[block]
        begin = block * BLOCK
        values = go_on(self._before(block), self.factor, self._line.stretch(begin, begin + BLOCK))[0]
        if len(values) == BLOCK:
            if len(self._latest) == LATEST:
                del self._latest[next(iter(self._latest))]
            self._latest[block] = values
        return values

    def _before(self, block: int) -> State:
        """What is known before a block."""
        return State(self._means[block - 1], self._rests[block - 1]) if block else State()

    def _keep_up(self) -> None:
        """Smooth the blocks completed since the last call: a million points take 0.1 s, once."""
        self._smooth(len(self) // BLOCK)

    def _smooth(self, until: int) -> None:
        """Smooth the whole blocks before this one."""
        for block in range(len(self._blocks), min(until, len(self) // BLOCK)):
            begin = block * BLOCK
            stretch = self._line.stretch(begin, begin + BLOCK)
            values, (mean, rest) = go_on(self._before(block), self.factor, stretch)
            self._blocks.append(summed(begin, values))
            self._means.append(mean)
            self._rests.append(rest)


class Part(Line):
    """Some neighbouring points of a line smoothed, as a line of their own.

    Only those before them are read that still weigh something there: for 0.99 some 4,000, of a million.
    """

    def __init__(self, line: Line, factor: float, first: int, end: int) -> None:
        """Smooth the points of a line from `first` up to `end`, as `Smoothed` does."""
        super().__init__()
        self._values = go_on(_before(line, factor, first), factor, line.stretch(first, end))[0]

    def __len__(self) -> int:
        """How many points there are."""
        return len(self._values)

    def stretch(self, first: int, end: int) -> list[float]:
        """The smoothed values of these points, the first of which is 0."""
        return self._values[first:end]


def _before(line: Line, factor: float, first: int) -> State:
    """What is known before a point, from as few points as can be: what others add to it is negligible."""
    enough = math.ceil(math.log(NEGLIGIBLE) / math.log(factor))
    found = line.extremes(0, first)
    largest = max(abs(found.lowest), abs(found.highest)) if found else 0.0
    while enough < first:
        state = go_on(State(), factor, line.stretch(first - enough, first))[1]
        if state.rest * largest <= NEGLIGIBLE * abs(state.mean):
            return State(state.mean, 0.0)
        enough *= 2
    return go_on(State(), factor, line.stretch(0, first))[1]


def go_on(state: State, factor: float, values: Sequence[float]) -> tuple[list[float], State]:
    """Smooth further points; return their smoothed values, and what is known after them.

    A constant stays the same to the last bit. Where all are finite, a point takes 60 ns, not 140.
    """
    mean, rest = state
    share = 1 - factor
    if rest > NEGLIGIBLE:
        smoothed = [mean := mean + share / (1 - (rest := rest * factor)) * (value - mean) for value in values]
    else:
        smoothed, rest = [mean := mean + share * (value - mean) for value in values], 0.0
    return (smoothed, State(mean, rest)) if math.isfinite(mean) else _with_holes(state, factor, values)


def _with_holes(state: State, factor: float, values: Sequence[float]) -> tuple[list[float], State]:
    """The same for points of which some aren't finite, or differ by more than a float holds."""
    mean, rest = state
    smoothed = []
    for value in values:
        if math.isfinite(value):
            rest *= factor
            gain = (1 - factor) / (1 - rest)
            mean += gain * value - gain * mean
            smoothed.append(mean)
        else:
            smoothed.append(math.nan)
    return smoothed, State(mean, rest)
