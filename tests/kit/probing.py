"""What answers questions in the tests: a new model of any shape."""

from __future__ import annotations

import torch

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.registry import Prober
from explorer.runs.shape import Shape
from models.classifier import Head, SequenceClassifier

SCALING = Scaling(0.2, 0.4)


def prober(cell: str, timesteps: int, inputs: int, classes: int, head: Head = "logits") -> Prober:
    """Return what answers about a new model, whose data set has 5 test samples of random bytes."""
    torch.manual_seed(3)
    x = torch.randint(0, 256, (5, timesteps, inputs), dtype=torch.uint8)
    samples = Samples(x, torch.arange(5) % classes)
    shape = Shape(timesteps, inputs, tuple(f"class {number}" for number in range(classes)))
    model = SequenceClassifier(cell, 6, inputs, classes, head)
    return Prober(model, Dataset(samples, samples, shape), SCALING)
