"""Downloads a data set into this user's cache, with torchvision's own downloader.

It tries the mirrors, checks the MD5 of each download and unpacks it. This module adds what it lacks:
reports instead of a progress bar on the terminal, a timeout for a silent network, one process at a time.
"""

from __future__ import annotations

import errno
import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final, Self

from explorer.engine.data.sources import Report, Source
from explorer.system.errors import GatescopeError
from explorer.system.memory import ran_out
from explorer.system.text import one_line, reason

NETWORK_SECONDS: Final = 30.0
"""Seconds without a byte after which a download fails; torchvision would wait indefinitely."""


@contextmanager
def only_one(root: Path, source: Source) -> Iterator[None]:
    """Wait until no other process downloads this data set, and keep others from doing so meanwhile.

    Raises:
        GatescopeError: the file system has no locks.
        OSError: `root` can't be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"{source.kind}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # the kernel releases it when the process dies
        except OSError as error:
            what = f"the file system of {root} has no locks (flock): {error.strerror}"
            raise GatescopeError(f"{what}; point XDG_CACHE_HOME to a folder on a local disk") from None
        yield


def download(source: Source, root: Path, report: Report) -> None:
    """Have torchvision download a data set, replacing the files below `root`.

    Files downloaded completely before (the .gz files, which torchvision checks by their MD5) are not
    downloaded again.

    Args:
        source: the data set to download.
        root: the cache.
        report: called with the share done of each file, 0..1.

    Raises:
        GatescopeError: the download failed, or torchvision doesn't fit torch.
        OSError: `root` can't be written, or the disk is full.
    """
    kind = _torchvision_class(source.kind)
    for part in (source.train, source.test):
        for name in (part.images, part.labels):
            (source.raw(root) / name).unlink(missing_ok=True)  # torchvision accepts any file that exists
    try:
        with _reporting(f"downloading {source.title}", report):
            for part in (source.train, source.test):
                kind(root, download=True, **part.choice)
    except Exception as error:  # network, server and parser raise many kinds
        if ran_out(error) or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
            raise
        advice = "check the network, or choose a folder that already has it with --data-dir"
        raise GatescopeError(f"{source.title} can't be downloaded: {reason(error)}; {advice}") from None


def _torchvision_class(name: str) -> Any:
    """Return a class of `torchvision.datasets`, imported only now because that takes seconds.

    Raises:
        GatescopeError: torchvision is missing, or was built for another torch.
    """
    try:
        return getattr(import_module("torchvision.datasets"), name)
    except (RuntimeError, ImportError, OSError, AttributeError) as error:
        pair = f"torchvision {_version('torchvision')} doesn't work with torch {_version('torch')}"
        cure = "pip install --upgrade torch torchvision"
        raise GatescopeError(f"{pair} ({one_line(str(error))}); install a matching pair: {cure}") from None


def _version(distribution: str) -> str:
    """The installed version of a distribution, for a message."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "(not installed)"


class _Meter:
    """Replaces torchvision's tqdm bar: calls a report, and writes nothing to the terminal."""

    def __init__(self, line: str, report: Report, total: int | None = None, **_options: object) -> None:
        """Report `line`; `total` is the file's length in bytes, or None if the server doesn't say."""
        self._line, self._report = line, report
        self._total, self._done = total, 0

    def __enter__(self) -> Self:
        """Begin one file."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End one file."""

    def update(self, count: int) -> None:
        """Add `count` bytes received."""
        self._done += count
        if self._total:
            millions = f"{self._done / 1e6:.1f} of {self._total / 1e6:.1f} MB"
            self._report(f"{self._line}, {millions}", min(1.0, self._done / self._total))


@contextmanager
def _reporting(line: str, report: Report) -> Iterator[None]:
    """Turn torchvision's progress bars into reports, and a silent network into an error.

    torchvision 0.29 has an option for neither, so a name in its module and the default timeout of
    new sockets are replaced meanwhile.
    """
    from torchvision.datasets import utils

    bar, timeout = utils.tqdm, socket.getdefaulttimeout()
    utils.tqdm = partial(_Meter, line, report)
    socket.setdefaulttimeout(NETWORK_SECONDS)
    try:
        yield
    finally:
        utils.tqdm = bar
        socket.setdefaulttimeout(timeout)
