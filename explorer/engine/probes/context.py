"""What a probe gets to answer a question with."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.protocol.questions import Array, Fact, Sample, Selection
from explorer.runs.shape import Shape
from models.classifier import SequenceClassifier

_TYPES = {torch.float32: "float32", torch.int64: "int64", torch.uint8: "uint8"}


class Context(NamedTuple):
    """The weights and what they read; a probe changes nothing of it."""

    model: SequenceClassifier
    """Its weights are those of `step`."""
    dataset: Dataset
    """On the model's device."""
    scaling: Scaling
    """Turns the data set's test samples into what the model reads."""
    step: int
    """Steps trained."""

    @property
    def shape(self) -> Shape:
        """T, I and the classes of the data set."""
        return self.dataset.shape

    def subject(self, selection: Selection) -> Subject:
        """What the selection has read."""
        test = self.dataset.test
        count = len(test.labels)
        index = selection.subject.index % count
        facts: dict[str, Fact] = {"label": int(test.labels[index]), "samples": count}
        asked = Selection(run=selection.run, subject=Sample(index))
        return Subject(asked, test.images[index : index + 1], facts)

    def probabilities(self, outputs: Tensor) -> Tensor:
        """The classes' shares by the head's outputs (…, K): the softmax of logits; sigmoids as they are."""
        return outputs if self.model.head_kind == "sigmoid" else outputs.softmax(-1)

    def per_class(self, shares: Tensor, *axes: str, label: str) -> Array:
        """Shares (…, K) as they travel, with the names of the classes; `axes` are those before the last."""
        classes = {"class": self.shape.classes}
        return array(shares, *axes, "class", label=label, span="unit", coordinates=classes)


class Subject(NamedTuple):
    """One sample, ready to be read."""

    asked: Selection
    """What was asked about; a test sample by the index that it has."""
    x: Tensor
    """(1, T, I), as it is in the data set."""
    facts: dict[str, Fact]
    """`label`, its class, and `samples`, the number of test samples."""


def array(
    values: Tensor,
    *axes: str,
    label: str = "",
    span: str = "open",
    coordinates: dict[str, tuple[str, ...]] | None = None,
) -> Array:
    """Numbers as they travel: int64 and uint8 as they are, all others as float32.

    Args:
        values: on any device, of any shape.
        axes: the name of each of its dimensions.
        label: as in `Array`.
        span: as in `Array`.
        coordinates: as in `Array`.
    """
    values = values.detach().cpu()
    if values.dtype not in _TYPES:
        values = values.float()
    return Array(
        axes,
        tuple(values.shape),
        _TYPES[values.dtype],  # type: ignore[arg-type]
        values.contiguous().numpy().tobytes(),
        label,
        span,  # type: ignore[arg-type]
        coordinates or {},
    )
