"""The digits: read by torchvision, checked before and after, or refused in one line.

torchvision takes any file of the right name for a good one, and says of a bad one things like "shape
'[60000, 28, 28]' is invalid for input of size 4711". So each file's header is held against its size
before torchvision parses it, and the tensors are looked at afterwards. Only this user's copy of MNIST is
known to the byte, and taken as it is. `cache` knows where the files come from.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from explorer.engine.cache import SOURCES, Part, Source, cache_root, unpack_mnist
from explorer.engine.download import download, only_one
from explorer.runs.errors import GatescopeError
from explorer.runs.text import one_line
from models.classifier import CLASSES, COLUMNS, ROWS

Report = Callable[[str, float | None], None]
"""Takes a line for a person, and the share done, 0..1, or None where there is none."""


class Digits(NamedTuple):
    """Pictures and what they show; N is at least 1."""

    images: Tensor
    """(N, 28, 28) uint8, 0 paper .. 255 ink."""
    labels: Tensor
    """(N,) int64, 0..9."""


class Dataset(NamedTuple):
    """What a training learns from, and what it is judged by."""

    train: Digits
    """The training digits; 60,000 in each of torchvision's sets."""
    test: Digits
    """The test digits; 10,000 in each of torchvision's sets."""


class DamageError(Exception):
    """A file is missing, or isn't what it should be: one line that names it and says what is wrong."""


def load_dataset(name: str, data_dir: str | None, report: Report) -> Dataset:
    """Read a data set from a folder, or from this user's cache, which is filled when it needs to be.

    Args:
        name: one of `explorer.runs.config.DATASETS`.
        data_dir: a folder in torchvision's layout (or its `MNIST`, or its `MNIST/raw`), with the
            files decompressed; it is only read, and may hold any number of digits. None: the cache.
        report: told what takes time.

    Raises:
        GatescopeError: a file is missing or damaged, the cache can't be written, nothing could be
            downloaded, or torchvision doesn't fit torch.
    """
    source = SOURCES[name]
    if name == "mnist" and data_dir is None:
        return _load_mnist(source, report)
    kind = _torchvision_class(source.kind)
    if data_dir is not None:
        try:
            return _read(kind, source, _root_of(Path(data_dir), source))
        except DamageError as damage:
            wanted = f"{source.kind}/raw with its four files, whole and decompressed (gunzip)"
            raise GatescopeError(f"{damage}; --data-dir takes a folder that holds {wanted}") from None
    root = cache_root()
    try:
        return _read_or_download(kind, source, root, report)
    except DamageError as damage:
        raise GatescopeError(f"{damage}, even afresh; name other files with --data-dir") from None
    except OSError as error:
        raise _unwritable(root, error) from None


def _load_mnist(source: Source, report: Report) -> Dataset:
    """MNIST from this user's cache, mapped into memory.

    Its files are known to the byte, so there is nothing to parse, and torchvision, whose import takes 0.8 s,
    isn't needed.
    """
    root = cache_root()
    try:
        unpack_mnist(root, report)
        return Dataset(*(_mapped(source.raw(root), part) for part in (source.train, source.test)))
    except (OSError, RuntimeError) as error:
        raise _unwritable(root, error) from None


def _mapped(raw: Path, part: Part) -> Digits:
    """One part of files that are known to be right; 16 bytes stand before the pixels, 8 before the labels."""
    files = [raw / part.images, raw / part.labels]
    images, labels = (
        torch.from_file(str(path), size=path.stat().st_size, dtype=torch.uint8) for path in files
    )
    return Digits(images[16:].view(-1, ROWS, COLUMNS), labels[8:].long())


def _unwritable(root: Path, error: Exception) -> GatescopeError:
    """The cache can't be used: what to do."""
    reason = getattr(error, "strerror", None) or str(error)
    advice = "point XDG_CACHE_HOME to a folder that can, or name one that has the data with --data-dir"
    return GatescopeError(f"the cache {root} can't be written: {reason}; {advice}")


def _read_or_download(kind: Any, source: Source, root: Path, report: Report) -> Dataset:
    """Read from the cache; what is missing or damaged there is downloaded first."""
    try:
        return _read(kind, source, root)
    except DamageError as damage:
        report(f"{damage}; downloading {source.title}", None)
    with only_one(root, source):
        try:
            return _read(kind, source, root)  # another process fetched it meanwhile
        except DamageError:
            download(kind, source, root, report)
        return _read(kind, source, root)


def _root_of(folder: Path, source: Source) -> Path:
    """The folder that torchvision wants: the one above `MNIST`, also where a person named a lower one."""
    for root in (folder, folder.parent, folder.parent.parent):
        raw = source.raw(root)
        if folder in (root, raw.parent, raw) and os.path.isdir(raw):  # Path.is_dir may raise
            return root
    return folder


def _torchvision_class(name: str) -> Any:
    """A class of `torchvision.datasets`, imported only now: it takes seconds.

    Raises:
        GatescopeError: torchvision isn't there, or was built for another torch.
    """
    try:
        return getattr(import_module("torchvision.datasets"), name)
    except (RuntimeError, ImportError, OSError, AttributeError) as error:
        pair = f"torchvision {_version('torchvision')} doesn't work with torch {_version('torch')}"
        cure = "pip install --upgrade torch torchvision"
        raise GatescopeError(f"{pair} ({one_line(str(error))}); install a pair that does: {cure}") from None


def _version(distribution: str) -> str:
    """What is installed of it, for a message."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _read(kind: Any, source: Source, root: Path) -> Dataset:
    """Read both parts below `root`.

    Raises:
        DamageError: a file is missing or isn't what it should be.
    """
    raw = source.raw(root)
    for part in (source.train, source.test):
        _check_file(raw / part.images)
        _check_file(raw / part.labels)
    return Dataset(*(_read_part(kind, part, root, raw) for part in (source.train, source.test)))


_IDX: Final = {
    "idx3-ubyte": (b"\0\0\x08\x03", 1),
    "idx1-ubyte": (b"\0\0\x08\x01", 1),
    "idx2-int": (b"\0\0\x0c\x02", 4),
}
"""How a file of each kind starts, and how many bytes a number takes. The last byte: how many sizes follow."""


def _check_file(path: Path) -> None:
    """Hold a file's header against its name and its length."""
    magic, width = _IDX[path.name[path.name.index("idx") :]]
    try:
        if not path.is_file():
            packed = path.with_name(f"{path.name}.gz")
            hint = ", only its .gz is there" if packed.is_file() else ""
            raise DamageError(f"{path} is missing{hint}")
        length = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
            sizes = [int.from_bytes(file.read(4), "big") for _ in range(magic[3])]
    except OSError as error:
        raise DamageError(f"{path} can't be read: {error.strerror}") from None
    if start != magic:
        raise DamageError(
            f"{path} starts with {start.hex() or 'nothing'}, not with {magic.hex()} as an IDX file does"
        )
    wanted = 4 + 4 * len(sizes) + math.prod(sizes) * width
    if length != wanted:
        raise DamageError(f"{path} has {length:,} bytes instead of {wanted:,}")
    if not math.prod(sizes):
        raise DamageError(f"{path} is empty: its sizes are {' × '.join(map(str, sizes))}")


def _read_part(kind: Any, part: Part, root: Path, raw: Path) -> Digits:
    """Have torchvision parse one part, and look at what it gives."""
    # torchvision prefers the .pt files of its versions before 0.9; what was checked is what is read.
    raw_only = type(kind.__name__, (kind,), {"_check_legacy_exist": lambda _: False})
    try:
        read = raw_only(root, **part.choice)
        images, labels = read.data, read.targets
    except Exception as error:  # a file that changed meanwhile raises anything, AssertionError included
        raise DamageError(
            f"{raw} can't be read: {type(error).__name__} {' '.join(str(error).split())}"
        ) from None
    if labels.dim() == 2:
        labels = labels[:, 0]  # QMNIST's labels carry the writer and more; the first is the digit
    if images.dtype != torch.uint8 or images.shape[1:] != (ROWS, COLUMNS):
        raise DamageError(f"{raw / part.images} holds pictures of {tuple(images.shape[1:])}, not (28, 28)")
    if len(images) != len(labels):
        raise DamageError(f"{raw / part.labels} has {len(labels):,} labels for {len(images):,} images")
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise DamageError(f"{raw / part.labels} has labels from {labels.min()} to {labels.max()}, not 0 to 9")
    return Digits(images, labels)
