"""One way to read a sample: what its activations and its beliefs are, without a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from explorer.protocol.questions import Answer
from explorer.runs.events import ActivationInfo
from explorer.ui.views.activations import Activations
from explorer.ui.views.belief_data import Beliefs
from explorer.ui.views.heatmap import STEADY, Readings


class Way(NamedTuple):
    """One way to read the sample."""

    readings: Readings
    """Its activations."""
    beliefs: Beliefs
    """The share of each class after each timestep."""
    cell: str
    """What reads it, in a word; empty where all ways have the same cell."""

    @classmethod
    def of(
        cls, answers: Mapping[str, Answer], before: Way | None = None, steady: float = STEADY, cell: str = ""
    ) -> Way:
        """Take apart the answers to `activations` and `belief`.

        Args:
            answers: both, by their probes' names.
            before: what is painted now, while the weights are learning: as in `Readings`.
            steady: as in `Readings`.
            cell: what reads it.

        Raises:
            ValueError: they aren't what the questions promise.
        """
        read, beliefs = Activations(answers["activations"]), Beliefs(answers["belief"])
        if (beliefs.timesteps, beliefs.count) != (read.timesteps, len(read.classes)):
            raise ValueError("a belief and activations of different shapes")
        return cls(Readings(read, before.readings if before else None, steady), beliefs, cell)

    @property
    def answer(self) -> Activations:
        """The activations, taken apart."""
        return self.readings.answer

    @property
    def timesteps(self) -> int:
        """T: appended timesteps count."""
        return self.answer.timesteps

    @property
    def letters(self) -> list[str]:
        """The names of its activations."""
        return [one.name for one in self.answer.infos]

    def activation(self, letter: str) -> int:
        """Which of its activations has a name; of one that it hasn't, which is its memory."""
        if letter in self.letters:
            return self.letters.index(letter)
        infos = self.answer.infos
        return next((k for k, one in enumerate(infos) if one.span == "open"), len(infos) - 1)

    def info(self, letter: str) -> ActivationInfo:
        """What that activation is."""
        return self.answer.infos[self.activation(letter)]
