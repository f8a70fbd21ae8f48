"""The answer to the question `sources`, checked and taken apart for painting."""

from __future__ import annotations

from typing import NamedTuple

from explorer.protocol.questions import Answer


class Source(NamedTuple):
    """A timestep, from 0, and its share in what is held."""

    timestep: int
    share: float


class Shares:
    """How much of what is held after each timestep was written at which."""

    def __init__(self, answer: Answer) -> None:
        """Take apart an answer; nothing is copied.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        sources, memory = answer.arrays.get("sources"), answer.facts.get("memory")
        if sources is None or sources.axes != ("written_at", "timestep") or sources.dtype != "float32":
            raise ValueError("no sources among the answer's arrays")
        self.timesteps, others = sources.shape
        """T."""
        if not self.timesteps or others != self.timesteps or not isinstance(memory, str):
            raise ValueError("sources whose shape or memory is missing")
        self.numbers = sources.numbers
        """The shares, T×T: a row for each timestep that wrote."""
        self.memory = memory
        """The letter of what is held."""
        self.step = answer.step
        """How many steps the weights have been trained."""

    def row(self, written_at: int, first: int, last: int) -> list[float]:
        """What was written at a timestep, as shares of what is held at `first` to `last` - 1."""
        return [*self.numbers[written_at * self.timesteps + first : written_at * self.timesteps + last]]

    def share(self, written_at: int, timestep: int) -> float:
        """How much of what is held after a timestep was written at another."""
        share: float = self.numbers[written_at * self.timesteps + timestep]
        return share

    def held(self, timestep: int) -> list[Source]:
        """What is held after a timestep, by when it was written, the largest share first."""
        shares = [Source(one, self.share(one, timestep)) for one in range(timestep + 1)]
        return sorted(shares, key=lambda source: -source.share)
