"""From digits as bytes to the batches that a step learns from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.rng import stream
from explorer.runs.config import Config

MEAN, DEVIATION = 0.1307, 0.3081
"""Of MNIST's training pixels, scaled to 0..1."""


class Scaling(NamedTuple):
    """How bytes become the numbers that the model reads."""

    mean: float
    """Of the pixels, scaled to 0..1."""
    deviation: float
    """Their standard deviation."""

    @classmethod
    def of(cls, digits: Samples, kind: Literal["standard", "whole-set"]) -> Scaling:
        """MNIST's usual numbers, or this set's own."""
        if kind == "standard":
            return cls(MEAN, DEVIATION)
        pixels = digits.images.double() / 255
        return cls(pixels.mean().item(), max(pixels.std().item(), 1e-6))

    def __call__(self, images: Tensor) -> Tensor:
        """Bytes (B, 28, 28) to floats of mean 0 and deviation 1."""
        return (images.float() / 255 - self.mean) / self.deviation

    @property
    def paper(self) -> float:
        """What a blank pixel becomes."""
        return -self.mean / self.deviation


def steps_per_epoch(digits: Samples, batch_size: int) -> int:
    """How many batches an epoch has; the last may be smaller."""
    return math.ceil(len(digits.labels) / batch_size)


def batches(
    digits: Samples, config: Config, scaling: Scaling, epoch: int, skip: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch's batches: images (B, 28, 28) and labels (B,), in this epoch's order.

    Args:
        digits: the training set, on the device that computes.
        config: the order, the batch size and whether the digits are varied.
        scaling: how bytes become numbers.
        epoch: counted from 1.
        skip: how many batches at its beginning were learnt from already.
    """
    count = len(digits.labels)
    order = torch.arange(count)
    if config.recipe.shuffle:
        order = torch.randperm(count, generator=stream(config.seed, "order", epoch))
    order = order.to(digits.labels.device)
    first = (epoch - 1) * steps_per_epoch(digits, config.batch_size)
    for number, chosen in enumerate(order.split(config.batch_size)[skip:], start=first + skip + 1):
        images = scaling(digits.images[chosen])
        if config.augment:
            images = vary(images, scaling.paper, stream(config.seed, "augment", number))
        yield images, digits.labels[chosen]


def vary(images: Tensor, paper: float, generator: torch.Generator) -> Tensor:
    """Give each digit its own small affine change: ±10°, ±10 % in size, shear ±0.1, shift ±2 pixels.

    Args:
        images: (B, 28, 28), scaled.
        paper: the value of a blank pixel; what comes in from outside the picture has it too.
        generator: where the change comes from.
    """
    count = len(images)
    angle, size, shear, right, down = torch.rand(5, count, generator=generator) * 2 - 1  # each (B,)
    angle, size, shear = angle * math.pi / 18, 1 + size * 0.1, shear * 0.1
    right, down = right * 2 / 14, down * 2 / 14  # the grid runs from -1 to 1 over 28 pixels
    sine, cosine = angle.sin() / size, angle.cos() / size
    rows = [torch.stack([cosine, shear - sine, right], 1), torch.stack([sine, cosine, down], 1)]
    matrices = torch.stack(rows, 1).to(images.device)  # (B, 2, 3)
    grid = functional.affine_grid(matrices, [count, 1, *images.shape[1:]], align_corners=False)
    ink = (images - paper).unsqueeze(1)
    return functional.grid_sample(ink, grid, align_corners=False).squeeze(1) + paper
