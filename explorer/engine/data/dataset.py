"""The samples, and those of the named data sets: read from a folder or this user's cache, and checked first.

Only MNIST, which travels with the program and is known byte for byte, is used as it is. `mnist` and
`download` know where the files come from; torchvision, whose import takes 1 to 3 s, only downloads what is
missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.engine.data.download import download, only_one
from explorer.engine.data.idx import DamageError, read_idx
from explorer.engine.data.mnist import cache_root, read_mnist
from explorer.engine.data.sources import SOURCES, Part, Report, Source
from explorer.runs.data_files import DATA_FILES, SequenceFile
from explorer.runs.shape import Shape
from explorer.system.errors import GatescopeError
from explorer.system.path_text import text_path


class Samples(NamedTuple):
    """Sequences and their labels."""

    x: Tensor
    """(N, T, I), in the data set's own units: of images uint8, from 0 (paper) to 255 (ink); else float32."""
    labels: Tensor
    """(N,) int64, 0 to K - 1."""
    lengths: Tensor | None = None
    """(N,) int64, 1 to T: how many timesteps of each are real, what follows being 0; None: all of them."""

    def map(self, change: Callable[[Tensor], Tensor]) -> Samples:
        """The samples with each tensor changed in the same way: moved to a device, or shared among ranks."""
        lengths = None if self.lengths is None else change(self.lengths)
        return Samples(change(self.x), change(self.labels), lengths)

    def some(self, chosen: Tensor | slice) -> Samples:
        """The samples with these indices, or those of which it is True."""
        return self.map(lambda part: part[chosen])

    def trimmed(self) -> Samples:
        """The samples, at least one, with no more timesteps than the longest of them has."""
        return self if self.lengths is None else self._replace(x=self.x[:, : int(self.lengths.max())])


class Dataset(NamedTuple):
    """The samples that a training learns from, and those it is evaluated on."""

    train: Samples
    """The training samples; 60,000 in each of torchvision's sets."""
    test: Samples
    """The test samples; 10,000 in each of torchvision's sets."""
    shape: Shape
    """T, I and the K classes of both."""
    file: SequenceFile | None = None
    """The file that they come from, if they come from one of sequences."""
    missing: str = ""
    """Why there are no samples, in one line; empty if there are."""
    doubt: str = ""
    """What a person should know about them while they are learnt, in one line; mostly empty."""


def without_samples(shape: Shape, file: SequenceFile, missing: str, device: torch.device) -> Dataset:
    """What is known of a data set whose file can't be read: all but its samples."""
    x = torch.empty(0, shape.timesteps, shape.inputs, device=device)
    none = Samples(x, torch.empty(0, dtype=torch.int64, device=device))
    return Dataset(none, none, shape, file, missing)


def load_dataset(name: str, data_dir: str | None, report: Report) -> Dataset:
    """Read a named data set from a folder, or from this user's cache, which is filled if necessary.

    Args:
        name: one of `explorer.runs.config.DATASETS`.
        data_dir: a folder in torchvision's layout (or its `MNIST`, or its `MNIST/raw`), with the
            files decompressed, as `path_text` says it; it is only read, and may hold any number of samples.
            None: the cache.
        report: called with the progress of anything that takes time.

    Raises:
        GatescopeError: a file is missing, damaged or can't be read now, the cache can't take what must be
            downloaded, the download failed, or torchvision doesn't fit torch.
    """
    source = SOURCES[name]
    if data_dir is not None:
        try:
            return _read(source, DATA_FILES[name].raw(text_path(data_dir)).parent.parent)
        except DamageError as damage:
            wanted = f"{source.kind}/raw and its four files, complete and decompressed (gunzip)"
            raise GatescopeError(f"{damage}; --data-dir takes a folder with {wanted}") from None
    if name == "mnist":
        return _load_mnist(source, report)
    root = cache_root()
    try:
        return _read_or_download(source, root, report)
    except DamageError as damage:
        advice = "even after a fresh download; choose other files with --data-dir"
        raise GatescopeError(f"{damage}, {advice}") from None
    except OSError as error:
        raise _unwritable(root, error) from None


def _load_mnist(source: Source, report: Report) -> Dataset:
    """MNIST, whose files are known byte for byte, so there is nothing to check."""
    files = {
        name: torch.frombuffer(held, dtype=torch.uint8)
        for name, held in read_mnist(cache_root(), report).items()
    }
    size = source.shape.timesteps, source.shape.inputs
    train, test = (  # 16 bytes precede the pixels, 8 the labels
        Samples(files[part.images][16:].view(-1, *size), files[part.labels][8:].long())
        for part in (source.train, source.test)
    )
    return Dataset(train, test, source.shape)


def _unwritable(root: Path, error: OSError) -> GatescopeError:
    """Return the error for a cache that can't be used, with advice."""
    reason = error.strerror or str(error)
    advice = "point XDG_CACHE_HOME to a writable folder, or choose a folder that has the data with --data-dir"
    return GatescopeError(f"the cache {root} can't be written: {reason}; {advice}")


def _read_or_download(source: Source, root: Path, report: Report) -> Dataset:
    """Read from the cache; what is missing or damaged there is downloaded first."""
    try:
        return _read(source, root)
    except DamageError as damage:
        report(f"{damage}; downloading {source.title}", None)
    with only_one(root, source):
        try:
            return _read(source, root)  # another process may have downloaded it meanwhile
        except DamageError:
            download(source, root, report)
        return _read(source, root)


def _read(source: Source, root: Path) -> Dataset:
    """Read both parts below `root`.

    Raises:
        DamageError: a file is missing or isn't what it should be.
        GatescopeError: a file can't be read now.
    """
    raw, shape = source.raw(root), source.shape
    return Dataset(_read_part(source.train, raw, shape), _read_part(source.test, raw, shape), shape)


def _read_part(part: Part, raw: Path, shape: Shape) -> Samples:
    """Read one part and check its contents."""
    images, labels = read_idx(raw / part.images), read_idx(raw / part.labels).long()
    if labels.dim() == 2:
        labels = labels[:, 0]  # QMNIST's labels carry the writer and more; the first is the digit
    wanted = (shape.timesteps, shape.inputs)
    if images.shape[1:] != wanted:
        raise DamageError(f"{raw / part.images} holds images of size {tuple(images.shape[1:])}, not {wanted}")
    if len(images) != len(labels):
        raise DamageError(f"{raw / part.labels} has {len(labels):,} labels for {len(images):,} images")
    last = len(shape.classes) - 1
    if labels.min() < 0 or labels.max() > last:
        found = f"labels from {labels.min()} to {labels.max()}"
        raise DamageError(f"{raw / part.labels} has {found}, not 0 to {last}")
    return Samples(images, labels)
