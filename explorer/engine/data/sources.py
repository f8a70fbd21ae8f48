"""The data sets by name: their files, and their names in torchvision. No torch is imported here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

Report = Callable[[str, float | None], None]
"""Called with a line for the user and the share done, 0..1, or None if there is none."""


class Part(NamedTuple):
    """The training or the test samples of a data set: two IDX files."""

    images: str
    """The file of the images."""
    labels: str
    """The file of the labels."""
    choice: Mapping[str, Any]
    """The arguments with which torchvision's class downloads this part."""


class Source(NamedTuple):
    """A data set, as torchvision knows it."""

    kind: str
    """The class in `torchvision.datasets`, and the folder that contains its `raw/`."""
    title: str
    """Its usual name."""
    train: Part
    """The training samples."""
    test: Part
    """The test samples."""

    def raw(self, root: Path) -> Path:
        """The folder of the four files below a root."""
        return root / self.kind / "raw"


_TRAIN = Part("train-images-idx3-ubyte", "train-labels-idx1-ubyte", {"train": True})
_TEST = Part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", {"train": False})

SOURCES: Final[Mapping[str, Source]] = {
    "mnist": Source("MNIST", "MNIST", _TRAIN, _TEST),
    "fashion-mnist": Source("FashionMNIST", "Fashion-MNIST", _TRAIN, _TEST),
    "kmnist": Source("KMNIST", "KMNIST", _TRAIN, _TEST),
    "qmnist": Source(
        "QMNIST",
        "QMNIST",
        Part("qmnist-train-images-idx3-ubyte", "qmnist-train-labels-idx2-int", {"what": "train"}),
        Part("qmnist-test-images-idx3-ubyte", "qmnist-test-labels-idx2-int", {"what": "test10k"}),
    ),
}
"""The data sets, by the names of `explorer.runs.config.DATASETS`."""
