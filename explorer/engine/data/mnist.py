"""MNIST, which ships with the program, unpacked into the user's cache of data sets.

It needs no network, and its files are known byte for byte: each is checked by its MD5 on every load (0.1 s
for all four) and unpacked again if it doesn't match. The other data sets come to the same cache by
`download`. No torch is imported here.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from explorer.engine.data.sources import SOURCES, Report
from explorer.runs.errors import GatescopeError
from explorer.runs.files import write_atomically
from explorer.runs.sockets import private_socket
from explorer.runs.user_folders import user_folder

MNIST_MD5: Final[Mapping[str, str]] = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""The MD5 of MNIST's files, decompressed."""

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


def unpack_mnist(root: Path, report: Report) -> None:
    """Make sure that MNIST's four files are below `root` and intact; intact ones are left alone.

    Any number of processes may do this at once: each file appears complete, and all write the same.

    Raises:
        GatescopeError: a file that ships with the program is missing or damaged.
        OSError: `root` can't be written, or the disk is full.
    """
    raw = SOURCES["mnist"].raw(root)
    for name, md5 in MNIST_MD5.items():
        path = raw / name
        if _md5_of(path) == md5:
            continue
        why = "is damaged: unpacking it again" if path.exists() else "doesn't exist yet: unpacking it"
        report(f"{path} {why}", None)
        content = _embedded(name, md5)
        raw.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def _md5_of(path: Path) -> str | None:
    """Return a file's MD5, or None if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, _md5).hexdigest()
    except OSError:
        return None


def _md5(content: bytes = b"") -> Any:
    """MD5 against accidents, not attackers; marked as such because FIPS machines refuse it otherwise."""
    return hashlib.md5(content, usedforsecurity=False)


def _embedded(name: str, md5: str) -> bytes:
    """Return the content of a file that ships with the program, checked by its MD5."""
    folder = next((folder for folder in EMBEDDED if folder.is_dir()), EMBEDDED[0])
    path = folder / f"{name}.gz"
    try:
        content = gzip.decompress(path.read_bytes())
        problem = None if _md5(content).hexdigest() == md5 else "damaged"
    except FileNotFoundError:
        problem = "missing"
    except (OSError, EOFError, zlib.error) as error:
        problem = f"damaged ({error})"
    if problem:
        raise GatescopeError(f"a file shipped with gatescope is {problem}: {path}; reinstall gatescope")
    return content
