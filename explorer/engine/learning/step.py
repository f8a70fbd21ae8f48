"""One step of learning: forward, backward, clip, update."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.distributed.group import Group
from explorer.engine.learning.adamw import AdamW
from explorer.runs.config import Config
from models.classifier import RowClassifier


class Read(NamedTuple):
    """What one batch was read as."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share read rightly, 0..1."""
    gradient_norm: float
    """Before clipping."""


class Learner:
    """A model that learns from one batch at a time."""

    def __init__(
        self, model: RowClassifier, config: Config, averages: dict[str, Tensor], group: Group
    ) -> None:
        """Train a model in place.

        Args:
            model: on the device that computes.
            config: the recipe.
            averages: the optimizer's state so far, by the names of `AdamW.state`.
            group: the processes that train it together.
        """
        self._group = group
        group.join(model)
        self.model = model
        """What is trained."""
        self.optimizer = AdamW(model, config.recipe.weight_decay, averages)
        """What updates it."""
        self._clip = config.recipe.clip or float("inf")

    def read(self, images: Tensor, labels: Tensor) -> Read:
        """Find the gradients of one batch: images (B, 28, 28), labels (B,).

        A group averages its processes' gradients, and their shares needn't be equal: so each takes the sum
        over its share, divided by what an equal share would be.
        """
        count, group = len(labels), self._group
        images, labels = group.share(images), group.share(labels)
        self.model.zero_grad()
        with group.together():
            outputs = group.outputs(images)  # (B, 10)
            loss = functional.cross_entropy(outputs, labels, reduction="sum")
            (loss / (count / group.size)).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
        right = (outputs.argmax(1) == labels).sum()
        total_loss, total_right = group.total(torch.stack([loss.detach(), right])).tolist()
        return Read(total_loss / count, total_right / count, norm.item())

    def update(self, learning_rate: float) -> None:
        """Learn from the batch that was read last."""
        self.optimizer.step(learning_rate)
