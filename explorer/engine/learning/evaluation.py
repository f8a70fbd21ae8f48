"""How well the model reads test digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.runs.events import Confusion
from models.classifier import CLASSES, RowClassifier

PART = 1000
"""Samples read at a time: a whole test pass at once takes 2.6 GB, a part takes 0.1 s."""


class Evaluation(NamedTuple):
    """One look at test digits."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share read rightly, 0..1."""
    confusion: Confusion
    """Counts: 10 rows (true) of 10 columns (read as)."""
    predictions: Tensor
    """What each digit was read as, (N,) int64 on the CPU."""


@torch.no_grad()
def evaluate(
    model: RowClassifier, digits: Samples, scaling: Scaling, between: Callable[[], None] = lambda: None
) -> Evaluation:
    """Read the digits in parts.

    Args:
        model: in whatever state it is; it isn't changed.
        digits: on the model's device.
        scaling: how bytes become numbers.
        between: called between two parts, so that an engine can answer meanwhile.
    """
    loss = 0.0
    predictions = []
    for images, labels in zip(digits.images.split(PART), digits.labels.split(PART), strict=True):
        outputs = model(scaling(images))  # (PART, 10)
        loss += functional.cross_entropy(outputs, labels, reduction="sum").item()
        predictions.append(outputs.argmax(1).cpu())
        between()
    read_as = torch.cat(predictions)
    labels = digits.labels.cpu()
    pairs = torch.bincount(labels * CLASSES + read_as, minlength=CLASSES**2)
    return Evaluation(
        loss=loss / len(labels),
        accuracy=(read_as == labels).double().mean().item(),
        confusion=pairs.view(CLASSES, CLASSES).tolist(),
        predictions=read_as,
    )
