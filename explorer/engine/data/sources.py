"""The data sets by name: their files, and their names in torchvision. No torch is imported here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from explorer.runs.data_files import DATA_FILES, data_title, is_file
from explorer.runs.shape import DIGITS, Shape
from explorer.system.errors import GatescopeError

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
    shape: Shape
    """T, I and the classes by name."""

    def raw(self, root: Path) -> Path:
        """The folder of the four files below a root."""
        return root / self.kind / "raw"


def _source(
    name: str, title: str, train: Mapping[str, Any], test: Mapping[str, Any], shape: Shape = DIGITS
) -> Source:
    """A data set with the files that `explorer.runs.data_files` names."""
    files = DATA_FILES[name]
    parts = (
        Part(files.train_images, files.train_labels, train),
        Part(files.test_images, files.test_labels, test),
    )
    return Source(files.kind, title, *parts, shape)


_CLOTHES: Final = msgspec.structs.replace(
    DIGITS,
    classes=(
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"
    ),
)  # fmt: skip
"""Xiao, Rasul & Vollgraf, "Fashion-MNIST" (2017), table 2, in short."""
_KANA: Final = msgspec.structs.replace(
    DIGITS, classes=("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を")
)
"""Clanuwat et al., "Deep Learning for Classical Japanese Literature" (2018): one hiragana per row of the
syllabary."""

_TRAIN, _TEST = {"train": True}, {"train": False}

SOURCES: Final[Mapping[str, Source]] = {
    "mnist": _source("mnist", "MNIST", _TRAIN, _TEST),
    "fashion-mnist": _source("fashion-mnist", "Fashion-MNIST", _TRAIN, _TEST, _CLOTHES),
    "kmnist": _source("kmnist", "KMNIST", _TRAIN, _TEST, _KANA),
    "qmnist": _source("qmnist", "QMNIST", {"what": "train"}, {"what": "test10k"}),
}
"""The data sets, by the names of `explorer.runs.config.DATASETS`."""


def shape_of(dataset: str) -> Shape:
    """The shape of a training's data set, as far as it is known before that is read.

    Raises:
        GatescopeError: it is a file.
    """
    if is_file(dataset):
        raise GatescopeError(f"nothing is known of {data_title(dataset)} yet; start the training first")
    return SOURCES[dataset].shape
