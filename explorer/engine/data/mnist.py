"""MNIST, which ships with the program, and a copy of it, unpacked, in the user's cache of data sets.

It needs no network, and its files are known byte for byte: each is read from the cache, checked by its MD5
(0.1 s for all four), and decompressed from the program's own (0.4 s) if it isn't there or doesn't match; then
it is also written to the cache, if the cache takes it. The other data sets come to the same cache by
`download`. No torch is imported here.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from explorer.engine.data.sources import SOURCES, Report
from explorer.system.errors import GatescopeError
from explorer.system.files import write_atomically
from explorer.system.patience import patiently, refusal
from explorer.system.sockets import private_socket
from explorer.system.user_folders import user_folder

MNIST_MD5: Final[Mapping[str, str]] = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""The MD5 of MNIST's files, decompressed."""

MOST_BYTES: Final = 47_040_017
"""The most that is read of a file of the cache: one byte more than the largest has."""

EMBEDDED: Final = (
    Path(__file__).parents[2] / "assets" / "mnist",  # in a wheel: inside the package `explorer`
    Path(__file__).parents[3] / "assets" / "mnist",  # in a source checkout: beside it
)
"""The folders where MNIST's .gz files may be; the first that exists is used."""


def cache_root() -> Path:
    """The folder of this user's data sets, in torchvision's layout; it may not exist yet.

    Without a home folder it is beside the sockets, and lasts as long as temporary files do.

    Raises:
        GatescopeError: there is no folder for sockets either.
    """
    try:
        return user_folder("cache") / "data"
    except OSError:
        return private_socket("data").parent / "data"


def read_mnist(root: Path, report: Report) -> dict[str, bytearray]:
    """MNIST's four files by name, from below `root` if they are intact there, else from the program.

    What isn't intact in the cache is unpacked there, for the next time; where that can't be done, it is said
    and nothing is lost. Any number of processes may do this at once: each file appears complete, and all
    write the same.

    Raises:
        GatescopeError: a file that ships with the program is missing, damaged, or can't be read now.
    """
    raw = SOURCES["mnist"].raw(root)
    contents: dict[str, bytearray] = {}
    usable = True
    for name, md5 in MNIST_MD5.items():
        path = raw / name
        try:
            content = _content(path)
        except OSError as error:
            why = error.strerror or str(error)
            usable = usable and _complain(f"can't read {path}: {why}", report)
            contents[name] = bytearray(_embedded(name, md5))
            continue
        if content is not None and _md5(content).hexdigest() == md5:
            contents[name] = content
            continue
        shipped = _embedded(name, md5)
        contents[name] = bytearray(shipped)
        if usable:
            why = "doesn't exist yet: unpacking it" if content is None else "is damaged: unpacking it again"
            report(f"{path} {why}", None)
            usable = _unpack(path, shipped, report)
    return contents


def _content(path: Path) -> bytearray | None:
    """What is in a file of the cache; None if there is none.

    It is read, not mapped: a mapped file that somebody truncates ends the process (SIGBUS), and some file
    systems can't map. For all four files that takes 30 ms more, and 55 MB of memory of the process's own.
    What is refused isn't tried again: the program has the same.

    Raises:
        OSError: it can't be read now.
    """
    if not path.is_file():  # a folder, a pipe or a link to nothing can't be one of ours
        return None

    with path.open("rb") as file:
        content = bytearray(min(os.fstat(file.fileno()).st_size, MOST_BYTES))
        del content[file.readinto(content) :]
        return content


def _unpack(path: Path, content: bytes, report: Report) -> bool:
    """Write a file of the cache, and say whether that could be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        why = error.strerror or str(error)
        return _complain(f"can't write the cache {path.parent}: {why}", report)
    return True


def _complain(what: str, report: Report) -> bool:
    """Say once what is wrong with the cache, and that it does no harm; returns False: it isn't usable."""
    report(f"{what}; MNIST is read from the program instead", None)
    return False


def _md5(content: bytes | bytearray) -> Any:
    """MD5 against accidents, not attackers; marked as such because FIPS machines refuse it otherwise."""
    return hashlib.md5(content, usedforsecurity=False)


def _embedded(name: str, md5: str) -> bytes:
    """Return the content of a file that ships with the program, checked by its MD5.

    Raises:
        GatescopeError: it is missing, damaged, or can't be read now.
    """
    folder = next((folder for folder in EMBEDDED if folder.is_dir()), EMBEDDED[0])
    path = folder / f"{name}.gz"
    try:
        content = gzip.decompress(patiently(path.read_bytes))
        problem = None if _md5(content).hexdigest() == md5 else "damaged"
    except FileNotFoundError:
        problem = "missing"
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        problem = f"damaged ({error})"
    except OSError as error:
        raise GatescopeError(refusal(str(path), error)) from None
    if problem:
        raise GatescopeError(f"a file shipped with gatescope is {problem}: {path}; reinstall gatescope")
    return content
