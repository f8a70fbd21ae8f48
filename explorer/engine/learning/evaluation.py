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
from explorer.runs.shape import DIGITS

PART = 1000
"""Samples of MNIST read at a time: a whole test pass at once takes 2.6 GB; a part takes 0.1 s."""


def fitting(part: int, timesteps: int) -> int:
    """How many samples to read at a time that have so many timesteps, where it would be `part` of MNIST's."""
    return max(1, part * DIGITS.timesteps // max(DIGITS.timesteps, timesteps))


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
    model: Callable[..., Tensor],
    samples: Samples,
    scaling: Scaling,
    between: Callable[[], object] = lambda: None,
    part: int = PART,
) -> Evaluation:
    """Read the samples in parts.

    Args:
        model: in any state, it isn't changed; or what else takes sequences, scaled, and their `lengths`, and
            returns outputs (B, K).
        samples: on the model's device.
        scaling: turns the samples into what the model reads.
        between: called between two parts, so that an engine can answer requests meanwhile; it may
            raise to break off the evaluation.
        part: samples read at a time.
    """
    loss = 0.0
    predictions = []
    count = len(samples.labels)
    for start in range(0, count, part):
        some = samples.some(slice(start, start + part))
        outputs = model(scaling(some.x), lengths=some.lengths)  # (part, K)
        loss += functional.cross_entropy(outputs, some.labels, reduction="sum").item()
        predictions.append(outputs.argmax(1).cpu())
        between()
    read_as = torch.cat(predictions)
    labels = samples.labels.cpu()
    classes = outputs.shape[1]
    pairs = torch.bincount(labels * classes + read_as, minlength=classes**2)
    return Evaluation(
        loss=loss / count,
        accuracy=(read_as == labels).double().mean().item(),
        confusion=pairs.view(classes, classes).tolist(),
        predictions=read_as,
    )
