"""The answer to the question `activations`, checked and taken apart for painting."""

from __future__ import annotations

from explorer.protocol.questions import Answer, Array, Sample
from explorer.runs.events import ActivationInfo


class Activations:
    """One sample and every activation while it was read."""

    def __init__(self, answer: Answer) -> None:
        """Take apart an answer; nothing is copied.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        subject = answer.asked.subject
        self.name = f"sample {subject.index:,}" if isinstance(subject, Sample) else "drawn"
        """What was read, in a word or two."""
        self.asked = answer.asked
        """What was asked about."""
        self.step = answer.step
        """How many steps the weights have been trained."""
        sample, scores = (_array(answer, name) for name in ("input", "probabilities"))
        self.timesteps, self.inputs = _sizes(sample, "timestep", "input")
        """T and I."""
        self.pixels = sample.numbers
        """The sample, T×I numbers in the data set's own units: the bytes of an image, or float32."""
        self.scaled = sample.dtype != "uint8"
        """Whether they are anything but bytes, so that their scale must be found and said."""
        parts = {name: part for name, part in answer.arrays.items() if part.axes == ("timestep", "unit")}
        if not parts or len({part.shape for part in parts.values()}) > 1:
            raise ValueError("activations without a common shape")
        timesteps, self.hidden = _sizes(next(iter(parts.values())), "timestep", "unit")
        """H: units of each activation."""
        (classes,) = _sizes(scores, "class")
        self.classes = scores.coordinates.get("class", tuple(map(str, range(classes))))
        """The names of the K classes."""
        self.label = None if answer.facts.get("label") is None else _index(answer, "label", classes)
        """The sample's class; None for an input that came with the question."""
        self.predicted = _index(answer, "predicted", classes)
        """The class that it was read as."""
        wrong = timesteps != self.timesteps or len(self.classes) != classes
        empty = 0 in (self.timesteps, self.inputs, self.hidden)
        if (
            wrong
            or empty
            or sample.dtype not in ("uint8", "float32")
            or any(part.dtype != "float32" for part in (scores, *parts.values()))
        ):
            raise ValueError("activations whose shapes disagree")
        self.scores: memoryview = scores.numbers
        """How likely each class is to the network, 0..1."""
        self.probability: float = self.scores[self.predicted]
        """How likely that class is to the network, 0..1."""
        self.infos = [ActivationInfo(name, part.label, part.span) for name, part in parts.items()]
        """Describes each of `values`, in the same order."""
        self.values = [part.numbers for part in parts.values()]
        """The numbers of each activation, T×H, one row per timestep."""

    def like(self, other: Activations) -> bool:
        """Whether another answer is to the same selection in the same cell."""
        mine, theirs = (
            (one.asked, one.timesteps, one.inputs, one.hidden, one.classes, one.infos)
            for one in (self, other)
        )
        return mine == theirs


def _array(answer: Answer, name: str) -> Array:
    """An array of an answer."""
    if name not in answer.arrays:
        raise ValueError(f"no {name} among the answer's arrays")
    return answer.arrays[name]


def _sizes(array: Array, *axes: str) -> tuple[int, ...]:
    """The lengths of an array's axes, which must be these."""
    if array.axes != axes:
        raise ValueError(f"axes {', '.join(array.axes)} instead of {', '.join(axes)}")
    return array.shape


def _index(answer: Answer, name: str, count: int) -> int:
    """A fact that is one of `count` positions."""
    value = answer.facts.get(name)
    if not isinstance(value, int) or not 0 <= value < count:
        raise ValueError(f"{name} is {value!r}")
    return value
