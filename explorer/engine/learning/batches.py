"""From samples in the data set's own units to the batches that a step learns from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.rng import stream
from explorer.runs.config import Config
from explorer.runs.data_files import SequenceFile

MEAN, DEVIATION = 0.1307, 0.3081
"""Mean and standard deviation of MNIST's training pixels, scaled to 0..1."""


class Scaling(NamedTuple):
    """How a data set's own numbers are turned into those that the model reads."""

    mean: float | Tensor
    """Their mean, in units; a tensor (I,): that of each input."""
    deviation: float | Tensor
    """Their standard deviation, likewise."""
    unit: float = 255.0
    """The number that is 1: of bytes, ink."""
    blank: float | Tensor = 0.0
    """What an input of a blank timestep is, in the data set's own units: paper, or the mean of each, (I,)."""

    @classmethod
    def of(
        cls, samples: Samples, kind: Literal["standard", "whole-set"], file: SequenceFile | None = None
    ) -> Scaling:
        """MNIST's usual numbers, or those of these samples; of a file, always its own, whichever the kind."""
        if file is not None:
            mean, deviation = (samples.x.new_tensor(numbers) for numbers in (file.mean, file.deviation))
            return cls(mean, deviation, 1.0, blank=mean)
        if kind == "standard":
            return cls(MEAN, DEVIATION)
        pixels = samples.x.double() / 255
        return cls(pixels.mean().item(), max(pixels.std().item(), 1e-6))

    def __call__(self, x: Tensor) -> Tensor:
        """Scale the numbers of sequences (B, T, I) to floats of mean 0 and deviation 1."""
        return (x.float() / self.unit - self.mean) / self.deviation

    def blank_of(self, samples: Tensor) -> Tensor:
        """What a blank timestep of such samples reads, (I,), in the data set's own units."""
        return samples.new_empty(samples.shape[-1]).copy_(torch.as_tensor(self.blank))

    @property
    def paper(self) -> float | Tensor:
        """The value of a blank input once scaled."""
        return (self.blank / self.unit - self.mean) / self.deviation


def steps_per_epoch(samples: Samples, batch_size: int) -> int:
    """The number of batches in an epoch; the last one may be smaller."""
    return math.ceil(len(samples.labels) / batch_size)


def batches(
    samples: Samples, config: Config, scaling: Scaling, epoch: int, skip: int = 0
) -> Iterator[Samples]:
    """Yield one epoch's batches, scaled, in this epoch's order.

    Args:
        samples: the training set, on the device that computes.
        config: gives the order, the batch size and whether the samples are augmented.
        scaling: turns the samples into what the model reads.
        epoch: counted from 1.
        skip: how many of its first batches were already learnt from.
    """
    count = len(samples.labels)
    order = torch.arange(count)
    if config.recipe.shuffle:
        order = torch.randperm(count, generator=stream(config.seed, "order", epoch))
    order = order.to(samples.labels.device)
    first = (epoch - 1) * steps_per_epoch(samples, config.batch_size)
    for number, chosen in enumerate(order.split(config.batch_size)[skip:], start=first + skip + 1):
        batch = samples.some(chosen).trimmed()
        x = scaling(batch.x)
        if config.augment:
            recipe, source = config.recipe, stream(config.seed, "augment", number)
            x = vary(x, scaling.paper, source, recipe.reach, recipe.warp)
        yield batch._replace(x=x)


BENDS = 5
"""Points along an image's side that are displaced at random; what lies between them follows smoothly."""


def vary(
    images: Tensor,
    paper: float | Tensor,
    generator: torch.Generator,
    reach: float = 1.0,
    warp: float = 0.0,
) -> Tensor:
    """Give each sample its own small affine change: ±10°, ±10 % in size, shear ±0.1, shift ±2 pixels.

    Args:
        images: (B, T, I), scaled, square.
        paper: the value of a blank pixel; what moves in from outside the image has it too.
        generator: the source of the random changes.
        reach: all of these ranges are multiplied by this.
        warp: the standard deviation of what points are displaced by besides, in pixels.
    """
    count = len(images)
    angle, size, shear, right, down = torch.rand(5, count, generator=generator) * 2 - 1  # each (B,)
    angle, size, shear = angle * math.pi / 18 * reach, 1 + size * 0.1 * reach, shear * 0.1 * reach
    half = images.shape[1] / 2
    right, down = right * 2 * reach / half, down * 2 * reach / half  # the grid runs from -1 to 1
    sine, cosine = angle.sin() / size, angle.cos() / size
    rows = [torch.stack([cosine, shear - sine, right], 1), torch.stack([sine, cosine, down], 1)]
    matrices = torch.stack(rows, 1).to(images.device)  # (B, 2, 3)
    grid = functional.affine_grid(matrices, [count, 1, *images.shape[1:]], align_corners=False)
    if warp:
        bends = torch.randn(count, 2, BENDS, BENDS, generator=generator).to(images.device) * (warp / half)
        smooth = functional.interpolate(bends, images.shape[1:], mode="bicubic", align_corners=True)
        grid = grid + smooth.permute(0, 2, 3, 1)
    ink = (images - paper).unsqueeze(1)
    return functional.grid_sample(ink, grid, align_corners=False).squeeze(1) + paper
