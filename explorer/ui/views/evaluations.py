"""How well the test set is read as chosen, and without the intervention: what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from explorer.protocol.questions import Answer, Samples, Selection
from explorer.runs.events import Evaluated


class Evaluation(NamedTuple):
    """What each class was read as, by the weights of one step."""

    step: int
    """How many steps the weights have been trained."""
    samples: int
    """How many test samples were read."""
    accuracy: float
    """Share read correctly, 0..1."""
    confusion: Sequence[Sequence[int]]
    """(K, K): how many of a class (row) were read as another (column)."""

    @classmethod
    def answered(cls, answer: Answer) -> Evaluation:
        """Read an answer to `evaluation`.

        Raises:
            ValueError: it isn't what that probe promises.
        """
        confusion, facts = answer.arrays.get("confusion"), answer.facts
        samples, accuracy = facts.get("samples"), facts.get("accuracy")
        if confusion is None or confusion.dtype != "int64" or confusion.axes != ("label", "predicted"):
            raise ValueError("it has no confusion matrix")
        classes, columns = confusion.shape
        if classes != columns or not isinstance(samples, int) or not isinstance(accuracy, float):
            raise ValueError("its matrix isn't square, or its facts are missing")
        counts = confusion.numbers.tolist()
        rows = [counts[start : start + classes] for start in range(0, classes * classes, classes)]
        return cls(answer.step, samples, accuracy, rows)

    @classmethod
    def recorded(cls, evaluated: Evaluated) -> Evaluation:
        """Take over one of the run's own."""
        return cls(evaluated.step, evaluated.samples, evaluated.accuracy, evaluated.confusion)


class Evaluations(NamedTuple):
    """What is known of the test set under one selection."""

    about: Selection = Selection(subject=Samples())
    """The selection, about the whole test set."""
    chosen: Evaluation | None = None
    """As chosen."""
    plain: Evaluation | None = None
    """Without the intervention, by the same weights; None: unknown, or there is no intervention."""
    progress: float | None = None
    """The share done of what is being evaluated now, 0..1; None: nothing is."""

    @property
    def own(self) -> bool:
        """Whether the run's own evaluations say it all: nothing is intervened, and the moment is now."""
        return self.about == NOW

    @property
    def settled(self) -> bool:
        """Whether all is known that can be asked, for good: the weights of a kept moment don't change."""
        compared = self.plain is not None or not self.about.intervention
        return self.about.moment is not None and self.chosen is not None and compared


NOW: Final = Selection(subject=Samples())
"""The whole test set, by the newest weights, with nothing changed."""


def whole(selection: Selection) -> Selection:
    """The same moment and intervention, about the whole test set."""
    return replace(selection, run="", subject=Samples())
