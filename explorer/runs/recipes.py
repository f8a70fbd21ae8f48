"""Recipes: how a preset trains, apart from the options a person sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a preset trains, apart from the options a person sets."""

    head: Literal["logits", "sigmoid"]
    """What the model's outputs are."""
    forget_bias: float | None
    """The forget gate's initial bias; None: torch's uniform draw."""
    shuffle: bool
    """Whether the samples have a new order every epoch, or always the file's."""
    normalise: Literal["standard", "whole-set"]
    """By MNIST's usual mean and deviation for both sets, or each set by its own; a file of sequences always
    by those of each input of its training samples."""
    clip: float | None
    """The largest norm of the gradient; None: not clipped."""
    schedule: Literal["cosine", "constant"]
    """The learning rate over the run: a warm-up and half a cosine to 0, or constant."""
    warmup_steps: int
    """Steps over which a cosine schedule climbs to its peak; at most a tenth of the run."""
    weight_decay: float
    """AdamW's: each step takes this share, times the learning rate, from a weight; 0 is plain Adam."""
    reach: float = 1.0
    """How far augmentation goes; 1: ±10°, ±10 % in size, shear ±0.1, shift ±2 pixels."""
    warp: float = 0.0
    """How far augmentation moves single points, in pixels: the standard deviation, smooth over a quarter of
    the image (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", 2003)."""


_DEFAULT: Final = Recipe(
    head="logits",
    forget_bias=1.0,
    shuffle=True,
    normalise="standard",
    clip=1.0,
    schedule="cosine",
    warmup_steps=100,
    weight_decay=0.05,
)
RECIPES: Final[Mapping[str, Recipe]] = {
    "default": _DEFAULT,
    "tiny": _DEFAULT,  # its options differ: few units, which learn in seconds, and are shown large
    "accurate": replace(_DEFAULT, reach=1.25, warp=1.0),  # and 30 epochs, larger batches, augmentation
    "notebook": Recipe(
        head="sigmoid",
        forget_bias=None,
        shuffle=False,
        normalise="whole-set",
        clip=None,
        schedule="constant",
        warmup_steps=0,
        weight_decay=0.0,
    ),
}
"""The recipes by their preset's names."""
