"""How well the model reads test samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.runs.events import Confusion

PART = 1000
"""Samples read at a time: a whole test pass at once takes 2.6 GB; a part takes 0.1 s."""


class Evaluation(NamedTuple):
    """The result of one evaluation on test samples."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share read correctly, 0..1."""
    confusion: Confusion
    """Counts: K rows (true class) of K columns (class it was read as)."""
    predictions: Tensor
    """The class that each sample was read as, (N,) int64 on the CPU."""


@torch.no_grad()
def evaluate(
    model: Callable[[Tensor], Tensor],
    samples: Samples,
    scaling: Scaling,
    between: Callable[[], object] = lambda: None,
    part: int = PART,
) -> Evaluation:
    """Read the samples in parts.

    Args:
        model: in any state, it isn't changed; or what else takes samples, scaled, and returns outputs (B, K).
        samples: on the model's device.
        scaling: how bytes are turned into numbers.
        between: called between two parts, so that an engine can answer requests meanwhile; it may
            raise to break off the evaluation.
        part: samples read at a time.
    """
    loss = 0.0
    predictions = []
    for images, labels in zip(samples.images.split(part), samples.labels.split(part), strict=True):
        outputs = model(scaling(images))  # (part, K)
        loss += functional.cross_entropy(outputs, labels, reduction="sum").item()
        predictions.append(outputs.argmax(1).cpu())
        between()
    read_as = torch.cat(predictions)
    labels = samples.labels.cpu()
    classes = outputs.shape[1]
    pairs = torch.bincount(labels * classes + read_as, minlength=classes**2)
    return Evaluation(
        loss=loss / len(labels),
        accuracy=(read_as == labels).double().mean().item(),
        confusion=pairs.view(classes, classes).tolist(),
        predictions=read_as,
    )
