"""Arrays from an npz file that anybody may have made: nothing is unpickled, and sizes are checked first.

An npz file is a zip archive of npy files, each of which begins with the shape and the type of its numbers. A
header may promise any number of them, and a small archive hold many, so no memory is taken before both have
been looked at. The formats: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
from collections.abc import Callable, Collection, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar
from zipfile import ZipFile

import numpy as np

from explorer.system.errors import GatescopeError
from explorer.system.files import open_file
from explorer.system.memory import ran_out
from explorer.system.patience import patiently, refusal
from explorer.system.text import reason

MOST_NUMBERS: Final = 1 << 29
"""The most numbers of an array: 2 GB as float32."""
_WIDTH: Final = 8
"""Bytes of the widest number; text may take as many bytes in all."""
_HEADERS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
"""What reads the header of an npy file, by its version; the third is for types that aren't read here."""

_Read = TypeVar("_Read")


class Header(NamedTuple):
    """What an array is, before its numbers are read."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class WrongArray(GatescopeError):
    """An array isn't what it must be; the line doesn't name the file yet."""

    def __init__(self, name: str, found: str, expected: str) -> None:
        """Say what is wrong with an array, and what was expected."""
        super().__init__(f"{name} {found}; expected {expected}")


class Npz(NamedTuple):
    """What was read from a file."""

    arrays: dict[str, np.ndarray[Any, Any]]
    """By name, as they are in the file."""
    others: tuple[str, ...]
    """The names of those that weren't asked for."""
    size: int
    """Of the file, in bytes."""
    sha256: str
    """The file's checksum."""


def read_npz(
    path: Path,
    names: Collection[str],
    check: Callable[[Mapping[str, Header]], object],
    sha256: str | None = None,
) -> Npz:
    """Read some of the arrays of an npz file, those of them that it has.

    Args:
        path: the file, or a link to it.
        names: the arrays' names.
        check: called with the headers of all of them before the numbers of any are read; may raise
            `WrongArray`.
        sha256: the checksum that the file must have; None: any.

    Raises:
        WrongArray: `check` did, or an array is too large.
        GatescopeError: the file is missing, damaged, no npz file, or another one; or it can't be read now.
    """

    def read() -> Npz:
        with _opened(path) as file:
            before = os.fstat(file.fileno())
            digest = _digest(path, file, sha256)
            arrays, others = _read(path, file, names, check)
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise OSError(errno.EAGAIN, "it changed while it was read")
            return Npz(arrays, others, before.st_size, digest)

    return _patiently(path, read)


def require_same(path: Path, sha256: str) -> None:
    """Require that a file is still the one with this checksum: before anything of a run is changed.

    Raises:
        GatescopeError: the file is missing, or another one; or it can't be read now.
    """

    def read() -> None:
        with _opened(path) as file:
            _digest(path, file, sha256)

    _patiently(path, read)


def _opened(path: Path) -> BufferedReader:
    """The file, or the one that it is a link to."""
    return os.fdopen(open_file(Path(os.path.realpath(path))), "rb")


def _digest(path: Path, file: BufferedReader, wanted: str | None) -> str:
    """The checksum of an open file, which must be this one, unless any is."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # 1 s for 1 to 2 GB
    if wanted not in (None, digest):
        raise GatescopeError(
            f"{path} is another file than this run learns from (its checksum differs); "
            "put that one back, or start a new run"
        )
    return digest


def _patiently(path: Path, read: Callable[[], _Read]) -> _Read:
    """What is read of a file, tried again for a moment where that is refused."""
    try:
        return patiently(read)
    except FileNotFoundError:
        raise GatescopeError(f"{path} is missing; put it back, or start a new run on another file") from None
    except OSError as error:
        raise GatescopeError(refusal(str(path), error)) from None


def _read(
    path: Path, file: BinaryIO, names: Collection[str], check: Callable[[Mapping[str, Header]], object]
) -> tuple[dict[str, np.ndarray[Any, Any]], tuple[str, ...]]:
    """The arrays that an open file has of these names, and the names of its others."""
    try:
        with ZipFile(file) as archive:
            files = archive.namelist()
            known = [file.removesuffix(".npy") for file in files if file.endswith(".npy")]
            wanted = [name for name in names if name in known]
            check({name: _header(archive, name) for name in wanted})
            arrays = {}
            for name in wanted:
                with archive.open(f"{name}.npy") as entry:
                    arrays[name] = np.lib.format.read_array(entry, allow_pickle=False)
            return arrays, tuple(name for name in known if name not in names)
    except GatescopeError:
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # those are of a damaged archive: bz2's own, a seek to -5
            raise
        raise _damaged(path, error) from None
    except Exception as error:  # zipfile, its compressors and numpy raise many kinds
        if ran_out(error):
            raise
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> GatescopeError:
    """The failure for a file that isn't what it should be."""
    return GatescopeError(
        f"{path} is no npz file, or a damaged one: {reason(error)}; write it with numpy.savez"
    )


def _header(archive: ZipFile, name: str) -> Header:
    """What an array of the file is; its length is checked as well.

    Raises:
        ValueError: the header is damaged, or promises more or fewer numbers than there are bytes for.
        WrongArray: it promises too many.
    """
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as entry:
        version = np.lib.format.read_magic(entry)
        if version not in _HEADERS:
            raise ValueError(f"{name} is in version {version[0]}.{version[1]} of the npy format")
        shape, _, dtype = _HEADERS[version](entry)
        start = entry.tell()
    count = math.prod(shape)
    if max(count, count * dtype.itemsize // _WIDTH) > MOST_NUMBERS:
        raise WrongArray(
            name, f"has {count:,} numbers of type {dtype.kind}{dtype.itemsize}", f"at most {MOST_NUMBERS:,}"
        )
    promised = start + count * dtype.itemsize
    if promised != info.file_size and not dtype.hasobject:  # whoever checks the headers refuses objects
        raise ValueError(f"{name} has {info.file_size:,} bytes instead of {promised:,}")
    return Header(shape, dtype)
