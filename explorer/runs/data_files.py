"""Which files a data set consists of, and where they are below a folder: torchvision's layout."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple


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
