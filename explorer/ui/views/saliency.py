"""The answer to the question `saliency`, checked and scaled for painting: arithmetic without a screen."""

from __future__ import annotations

import math

from explorer.protocol.questions import Answer
from explorer.ui.views.activations import Activations
from explorer.ui.views.reach import reach


class Saliency:
    """How much each input of a sequence speaks for a class, as a share of the scale."""

    def __init__(self, answer: Answer, read: Activations, before: Saliency | None = None) -> None:
        """Take apart an answer; nothing is copied.

        Args:
            answer: the answer.
            read: the activations while the same sequence was read.
            before: what is painted now, while the weights are learning: its scale stays while it fits.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        array, number = answer.arrays.get("saliency"), answer.facts.get("class")
        wanted = ("timestep", "input"), (read.timesteps, read.inputs), "float32"
        if array is None or (array.axes, array.shape, array.dtype) != wanted:
            raise ValueError("no saliency of the inputs that were read")
        if type(number) is not int or not 0 <= number < len(read.classes):
            raise ValueError(f"saliency of class {number}")
        self.asked = answer.options.get("class") is not None
        """Whether that class was asked for; else it is the one that these weights read the sample as."""
        self.number = number
        """The class whose logit was differentiated."""
        self._values, self._inputs = array.numbers, read.inputs
        kept = before.reach if before is not None and before.number == number else 0.0
        self.reach: float = reach(self._values, read.inputs, kept)
        """The scale goes from minus this to this."""

    def shares(self, timestep: int, group: int = 1) -> list[float]:
        """The values of one timestep, from -1 to 1; or the mean of so many inputs at a time. NaN is 0."""
        values = self._values[timestep * self._inputs : (timestep + 1) * self._inputs].tolist()
        parts = (values[first : first + group] for first in range(0, len(values), group))
        means = (sum(part) / len(part) / self.reach for part in parts)
        return [0.0 if math.isnan(mean) else min(1.0, max(-1.0, mean)) for mean in means]
