"""Which files a data set consists of: those of torchvision's layout below a folder, or one of sequences."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec

from explorer.system.path_text import text_path
from explorer.system.text import printable, shorten

LONGEST_TITLE: Final = 24
"""The most characters of a file's name where a run is named in a line."""


class DataFiles(NamedTuple):
    """The four files of a data set."""

    kind: str
    """The folder that contains their `raw/`."""
    train_images: str
    train_labels: str
    test_images: str
    test_labels: str

    def raw(self, folder: Path) -> Path:
        """The folder that holds the files: `folder` itself, or its `MNIST/raw` or its `raw`.

        If none of them exists, it is the one that `folder` should have.
        """
        for root in (folder, folder.parent, folder.parent.parent):
            raw = root / self.kind / "raw"
            if folder in (root, raw.parent, raw) and os.path.isdir(raw):  # Path.is_dir may raise
                return raw
        return folder / self.kind / "raw"

    def missing(self, folder: Path) -> str:
        """What a folder lacks of these files, and the cure, in one line; empty if it has them all."""
        raw = self.raw(folder)
        names = [name for name in self[1:] if not os.path.isfile(raw / name)]
        if not names:
            return ""
        packed = [name for name in names if os.path.isfile(raw / f"{name}.gz")]
        if packed == names:
            return f"in {raw}, {', '.join(names)} must be decompressed: gunzip -k {raw}/*.gz"
        return (
            f"{raw} lacks {', '.join(names)}; put {'it' if len(names) == 1 else 'them'} there, decompressed"
        )


_USUAL: Final = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_QMNIST: Final = (
    "qmnist-train-images-idx3-ubyte",
    "qmnist-train-labels-idx2-int",
    "qmnist-test-images-idx3-ubyte",
    "qmnist-test-labels-idx2-int",
)

DATA_FILES: Final[Mapping[str, DataFiles]] = {
    "mnist": DataFiles("MNIST", *_USUAL),
    "fashion-mnist": DataFiles("FashionMNIST", *_USUAL),
    "kmnist": DataFiles("KMNIST", *_USUAL),
    "qmnist": DataFiles("QMNIST", *_QMNIST),
}
"""The files by the names of `explorer.runs.config.DATASETS`."""


class SequenceFile(msgspec.Struct, frozen=True):
    """A file of sequences as it was when a run began to learn from it; `Config.dataset` says where it was."""

    size: Annotated[int, msgspec.Meta(ge=0)]
    """In bytes."""
    sha256: str
    """Its checksum."""
    mean: tuple[float, ...]
    """Of each of the I inputs, over the real timesteps of the training samples."""
    deviation: tuple[Annotated[float, msgspec.Meta(gt=0)], ...]
    """The standard deviation of each, likewise; 1 where it would be 0."""


def is_file(dataset: str) -> bool:
    """Whether a training's data set is a file of sequences, as `path_text` says it, and none of the named."""
    return dataset not in DATA_FILES


def data_title(dataset: str) -> str:
    """How a person is told a training's data set: its name, or that of its file without the folders."""
    return shorten(printable(text_path(dataset).name), LONGEST_TITLE, len) if is_file(dataset) else dataset
