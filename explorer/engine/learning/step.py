"""One step of learning: forward, backward, clip, update."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.distributed.group import Group
from explorer.engine.learning import updates
from explorer.engine.learning.adamw import AdamW
from explorer.runs.config import Config
from models.classifier import SequenceClassifier


class Read(NamedTuple):
    """The result of reading one batch."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share read correctly, 0..1."""
    gradient_norm: float
    """Norm of all gradients, before clipping."""


class Learner:
    """A model that learns from one batch at a time."""

    def __init__(
        self, model: SequenceClassifier, config: Config, averages: dict[str, Tensor], group: Group
    ) -> None:
        """Train a model in place.

        Args:
            model: on the device that computes.
            config: the recipe.
            averages: the optimizer's state so far, by the names of `AdamW.state`.
            group: the processes that train the model together.
        """
        self._group = group
        group.join(model)
        self.model = model
        """The model being trained."""
        self.optimizer = AdamW(model, config.recipe.weight_decay, averages)
        """The optimizer that updates it."""
        self._clip = config.recipe.clip or float("inf")

    def read(self, batch: Samples) -> Read:
        """Compute the gradients of one batch, scaled.

        A group averages its processes' gradients, and their shares may differ in size. So each process takes
        the sum over its share, divided by the size of an equal share.
        """
        count, group = len(batch.labels), self._group
        share = batch.map(group.share)
        self.model.zero_grad()
        with group.together():
            outputs = group.outputs(share.x, share.lengths)  # (B, K)
            loss = functional.cross_entropy(outputs, share.labels, reduction="sum")
            (loss / (count / group.size)).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
        correct = (outputs.argmax(1) == share.labels).sum()
        total_loss, total_correct = group.total(torch.stack([loss.detach(), correct])).tolist()
        return Read(total_loss / count, total_correct / count, norm.item())

    def update(self, learning_rate: float) -> None:
        """Learn from the batch read last."""
        self.optimizer.step(learning_rate)

    def update_measured(self, learning_rate: float) -> dict[str, float]:
        """Do the same, and measure how far each of the cell's matrices moves: see `updates.measured`."""
        return updates.measured(self.model.layer, lambda: self.update(learning_rate))
