"""The shape of samples: the data set says it, `RunStarted` carries it, and nothing else fixes it."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MOST_TIMESTEPS: Final = 1000
"""The most timesteps of a sample."""
MOST_INPUTS: Final = 512
"""The most numbers per timestep."""
MOST_CLASSES: Final = 100
"""The most classes."""
LONGEST_NAME: Final = 40
"""The most characters of a class's name."""

ClassName = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
"""A class's name as the data set has it."""


class Shape(msgspec.Struct, frozen=True):
    """What a sample looks like, and what it can be read as."""

    timesteps: Annotated[int, msgspec.Meta(ge=1, le=MOST_TIMESTEPS)]
    """T: how many timesteps a sample has; in MNIST, the rows of an image."""
    inputs: Annotated[int, msgspec.Meta(ge=1, le=MOST_INPUTS)]
    """I: how many numbers are read per timestep; in MNIST, the pixels of a row."""
    classes: Annotated[tuple[ClassName, ...], msgspec.Meta(min_length=2, max_length=MOST_CLASSES)]
    """The K classes by name; a label is an index into them."""


DIGITS: Final = Shape(28, 28, tuple("0123456789"))
"""MNIST's shape, and that of every run from before the shape was recorded."""
