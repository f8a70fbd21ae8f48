"""A line smoothed exponentially, over all its points, before it is reduced to what fits on a screen.

So the value at a step is the same at every width and zoom. The mean is corrected for its start, as Adam's are
(Kingma and Ba, 2015, section 3): of n points x₁ … xₙ it is Σ (1−a)·aⁿ⁻ᵏ·xₖ / (1 − aⁿ). Points that aren't
finite stay holes, and don't count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from explorer.runs.blocks import BLOCK, Line, summed

SMOOTHING: Final[Mapping[str, float]] = {"off": 0.0, "light": 0.9, "strong": 0.99}
"""Factors by name: with 0.9, half of the weight is on the last 7 points; with 0.99, on the last 69."""

LATEST: Final = 4
"""How many blocks' smoothed values are kept."""
_State = tuple[float, float]
"""The mean of the points so far, and the sum of their weights, 1 − aⁿ."""


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
        self._states: list[_State] = [(0.0, 0.0)]  # before each block
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

    def _of_block(self, block: int) -> list[float]:
        """The smoothed values of a block; the latest are kept, since neighbouring columns share them."""
        if block in self._latest:
            return self._latest[block]
        begin = block * BLOCK
        values = self._go_on(self._states[block], self._line.stretch(begin, begin + BLOCK))[0]
        if len(values) == BLOCK:
            if len(self._latest) == LATEST:
                del self._latest[next(iter(self._latest))]
            self._latest[block] = values
        return values

    def cut(self, index: int) -> None:
        """Forget what is kept of the points from this one on: they have changed."""
        super().cut(index)
        del self._states[index // BLOCK + 1 :]
        self._latest.clear()

    def _keep_up(self) -> None:
        """Smooth the blocks completed since the last call: a million points take 0.2 s, once."""
        while (len(self._blocks) + 1) * BLOCK <= len(self):
            begin = len(self._blocks) * BLOCK
            values, state = self._go_on(self._states[-1], self._line.stretch(begin, begin + BLOCK))
            self._blocks.append(summed(begin, values))
            self._states.append(state)

    def _go_on(self, state: _State, values: Sequence[float]) -> tuple[list[float], _State]:
        """Smooth further points; return their smoothed values, and the state after them."""
        mean, weight = state
        share, nan, finite = 1 - self.factor, math.nan, math.isfinite
        smoothed = []
        for value in values:
            if finite(value):
                weight += share * (1 - weight)
                gain = share / weight
                mean += gain * value - gain * mean  # a constant stays the same to the last bit
                smoothed.append(mean)
            else:
                smoothed.append(nan)
        return smoothed, (mean, weight)
