"""The answer to the question `belief`, checked and taken apart for painting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from explorer.protocol.questions import Answer


class Guess(NamedTuple):
    """A class, and how likely it is to the network."""

    number: int
    share: float


class Beliefs:
    """The share of each class after each timestep."""

    def __init__(self, answer: Answer) -> None:
        """Take apart an answer; nothing is copied.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        belief = answer.arrays.get("belief")
        if belief is None or belief.axes != ("timestep", "class") or belief.dtype != "float32":
            raise ValueError("no belief among the answer's arrays")
        self.timesteps, self.count = belief.shape
        """T and K."""
        self.numbers = belief.numbers
        """The shares, T×K, one row per timestep."""
        self.classes = belief.coordinates.get("class", tuple(map(str, range(self.count))))
        """The names of the K classes."""
        facts = [answer.facts.get(name) for name in ("label", "predicted", "decided_at")]
        self.label, predicted, decided = (one if isinstance(one, int) else None for one in facts)
        """The sample's class; None where it has none."""
        if not self.timesteps or len(self.classes) != self.count or predicted is None or decided is None:
            raise ValueError("a belief without its facts")
        if not all(0 <= one < self.count for one in (self.label or 0, predicted)):
            raise ValueError("a belief about classes that there aren't")
        self.predicted = predicted
        """The class that it was read as."""
        self.decided_at = decided
        """The timestep, from 1, from which on the likeliest class stays the same."""
        self.step = answer.step
        """How many steps the weights have been trained."""
        self.blanked = bool(answer.options.get("blanked"))
        """Whether every later timestep was read blank."""

    def row(self, timestep: int) -> list[float]:
        """The shares after a timestep, from 0."""
        return [*self.numbers[timestep * self.count : (timestep + 1) * self.count]]

    def guesses(self, timestep: int, also: int | None = None, most: int = 3) -> list[Guess]:
        """The likeliest classes after a timestep, the first one first; `also` is among them, or behind."""
        row = self.row(timestep)
        found = sorted(range(self.count), key=row.__getitem__, reverse=True)[:most]
        if also is not None and also not in found:
            found.append(also)
        return [Guess(k, row[k]) for k in found]

    def entropy(self, timestep: int) -> float:
        """How undecided it is after a timestep, in bits: 0 for one class, log2 K for all alike.

        The shares of sigmoids don't sum to 1: they are divided by their sum. Where one isn't finite: nan.
        """
        row = self.row(timestep)
        total = sum(row)
        if not math.isfinite(total):
            return math.nan
        return -sum(share / total * math.log2(share / total) for share in row if share > 0) + 0.0

    @cached_property
    def peaks(self) -> list[float]:
        """The largest share of each class over time."""
        return [max(self.numbers[k :: self.count]) for k in range(self.count)]

    def columns(self, room: int, also: int | None = None) -> list[int]:
        """The classes that are shown where `room` fit: those that are ever likeliest, in their own order.

        Args:
            room: how many fit; one is always shown.
            also: the class that is shown in any case; None: none is.
        """
        return columns_of([self], room, also)


def columns_of(some: Sequence[Beliefs], room: int, also: int | None = None) -> list[int]:
    """The classes that are shown of several beliefs about the same classes, side by side: as of one."""
    peaks = [max(shares) for shares in zip(*(one.peaks for one in some), strict=True)]
    ranked = sorted(range(len(peaks)), key=lambda k: (k != also, -peaks[k]))
    return sorted(ranked[: max(1, room)])
