"""The answer to the question `mistakes`, checked and taken apart for painting."""

from __future__ import annotations

from typing import NamedTuple

from explorer.protocol.questions import Answer, Array
from explorer.ui.views.inputs import Inputs


class Means(NamedTuple):
    """One activation: its mean over the set, and what that is compared with."""

    name: str
    """Its letter."""
    of_set: Array
    """(timestep, unit), over the samples of the square."""
    right: Array | None
    """The same over the samples of its class that are read right; None: nothing is compared."""
    difference: Array | None
    """The first minus the second, for as many timesteps as both have."""


class Square:
    """The samples of one square of the confusion matrix, from the most wrong."""

    def __init__(self, answer: Answer) -> None:
        """Take apart an answer; nothing is copied.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        self.asked, self.step = answer.asked, answer.step
        """What was asked about, and how many steps the weights have been trained."""
        self.label, self.read_as, self.count, self.right, pooled, _ = (
            _whole(answer, name)
            for name in ("label", "read_as", "count", "count_right", "timesteps_pooled", "inputs_pooled")
        )
        among = answer.facts.get("samples")
        self.among = among if isinstance(among, int) else None
        """How many test samples were read to find these; None: the engine doesn't say."""
        self.samples, self.predicted, lengths = (
            _ranked(answer, name, self.count, "int64") for name in ("samples", "predicted", "lengths")
        )
        """The number of each sample, and the class that it was read as."""
        self.shares = _ranked(answer, "share", self.count, "float32")
        """The share of that class."""
        pictures = answer.arrays.get("thumbnails")
        if pictures is None or pictures.axes != ("rank", "timestep", "input") or 0 in pictures.shape:
            raise ValueError("no thumbnails")
        self.pictured, self.timesteps, self.inputs = pictures.shape
        """How many have a picture, and the size of each."""
        if pictures.dtype == "int64" or self.pictured > self.count:
            raise ValueError("thumbnails that don't fit the samples")
        self.pixels, self.scaled = pictures.numbers, pictures.dtype != "uint8"
        """The numbers of all pictures, and whether they are anything but bytes, as of `Inputs`."""
        ends = (-(-length // max(1, pooled)) for length in lengths[: self.pictured])
        self.ends = [max(1, min(self.timesteps, end)) for end in ends]
        """How many timesteps each picture has; what follows is nothing."""
        self.means = [_means(answer, name) for name in answer.arrays if f"{name}_difference" in answer.arrays]
        """The activations, in the order in which a person reads them."""
        if not self.means:
            alone = (name for name, one in answer.arrays.items() if one.axes == ("timestep", "unit"))
            self.means = [_means(answer, name) for name in alone]
        self.numbers = Inputs(self)
        """The pictures' numbers as shares of one scale; those of one follow those of the one before."""

    def same(self, other: Square | None) -> bool:
        """Whether another answer is about the same square, under the same changes, at the same moment."""
        return other is not None and self._which == other._which

    @property
    def _which(self) -> tuple[object, ...]:
        """What the answer is about, but for the sample that is chosen."""
        return self.label, self.read_as, self.asked.moment, self.asked.intervention


def _means(answer: Answer, name: str) -> Means:
    """The means of one activation."""
    parts = [answer.arrays.get(one) for one in (name, f"{name}_right", f"{name}_difference")]
    for part in parts:
        if part and (part.axes != ("timestep", "unit") or part.dtype != "float32" or 0 in part.shape):
            raise ValueError(f"means of {name} that are none")
    of_set, right, difference = parts
    if of_set is None or (right is None) != (difference is None):
        raise ValueError(f"no means of {name}")
    return Means(name, of_set, right, difference)


def _ranked(answer: Answer, name: str, count: int, dtype: str) -> memoryview:
    """The numbers of an array that has one for each sample."""
    array = answer.arrays.get(name)
    if array is None or (array.axes, array.shape, array.dtype) != (("rank",), (count,), dtype):
        raise ValueError(f"no {name} of each sample")
    return array.numbers


def _whole(answer: Answer, name: str) -> int:
    """A fact that is a whole number."""
    value = answer.facts.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is {value!r}")
    return value
