"""What the pixels and the curve of the sample show: arithmetic without a screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

MOST = 1 << 14
"""The most numbers that a scale is taken from, so that it costs a few milliseconds: all of 1,000 timesteps of
16 inputs."""


class Sequences(Protocol):
    """One sequence, or several, one after the other."""

    @property
    def pixels(self) -> memoryview:
        """All numbers, timestep by timestep."""

    @property
    def inputs(self) -> int:
        """I: how many there are of each timestep."""

    @property
    def scaled(self) -> bool:
        """Whether they are anything but bytes, so that their scale must be found."""


class Inputs:
    """The sample's numbers, as shares of their scale.

    Bytes are an image's: their scale is 0 to 255. Any other input has a scale of its own, from the least of
    its values in this sample to the greatest, because inputs may differ in what they measure. Of a sample of
    more than `MOST` numbers, every so many timesteps count for that; what lies beyond gets the ends.
    """

    def __init__(self, answer: Sequences) -> None:
        """Find the scales; nothing is copied."""
        self._numbers, self._inputs = answer.pixels, answer.inputs
        self.limits = [(0.0, 255.0)] * answer.inputs
        """The ends of each input's scale."""
        self._scales = [(0.0, 1 / 256)] * answer.inputs  # each of 16 colours stands for 16 values
        if answer.scaled:
            every = answer.inputs * math.ceil(len(self._numbers) / MOST)
            self.limits = [_ends(self._numbers[which::every].tolist()) for which in range(answer.inputs)]
            self._scales = [(low, 1 / (high - low) if high > low else 0.0) for low, high in self.limits]

    def shares(self, timestep: int, group: int = 1) -> list[float]:
        """The numbers of one timestep, from 0 to 1; or the mean of so many inputs at a time.

        An input that never changes is 0, and so is NaN.
        """
        numbers = self._numbers[timestep * self._inputs : (timestep + 1) * self._inputs].tolist()
        shares = [(value - low) * per for value, (low, per) in zip(numbers, self._scales, strict=True)]
        if group > 1:
            parts = (shares[first : first + group] for first in range(0, len(shares), group))
            shares = [sum(part) / len(part) for part in parts]
        return [min(1.0, max(0.0, share)) for share in shares]

    def means(self, first: int, last: int) -> list[float]:
        """The means of timesteps `first` to `last` - 1, from 0 to 1; as of `shares`."""
        numbers = self._numbers[first * self._inputs : last * self._inputs].tolist()
        count = last - first
        rows = (numbers[start : start + self._inputs] for start in range(0, len(numbers), self._inputs))
        pairs = zip(map(sum, zip(*rows, strict=True)), self._scales, strict=True)
        return [min(1.0, max(0.0, (total / count - low) * per)) for total, (low, per) in pairs]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest of the values that are finite; 0 and 0 where none is."""
    finite = [*filter(math.isfinite, values)] or [0.0]
    return min(finite), max(finite)
