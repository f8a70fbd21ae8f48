"""Reading what must be right: tried again where the system refuses for a moment, then named, never guessed.

A refusal says nothing about a file: with too many files open, a network file system that was mounted again,
or a disk that hiccuped, the same bytes are there a moment later. So a refused file is never called damaged.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final, TypeVar

from explorer.system.files import open_file

WAITS: tuple[float, ...] = (0.1, 0.3, 0.6)
"""Seconds before each further try: together about as long as a person waits without wondering."""
_FINAL: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.EINVAL,
        errno.EFBIG,
        errno.ENAMETOOLONG,
        errno.EROFS,
        errno.ENOSPC,
        errno.EDQUOT,
    }
)
"""What a second try doesn't change."""
_CURES: Final = {
    errno.EMFILE: "close some programs, or raise the limit with `ulimit -n`",
    errno.ENFILE: "close some programs: the machine has too many files open",
    errno.ENOMEM: "close some programs: the machine is out of memory",
    errno.EACCES: "check the permissions of the file and its folders",
    errno.EPERM: "check the permissions of the file and its folders",
}

_Result = TypeVar("_Result")


def patiently(act: Callable[[], _Result]) -> _Result:
    """Do something with the disk; again, for a second, where the system refuses it. For no screen: it waits.

    Raises:
        OSError: it is refused still, or for a reason that doesn't pass.
    """
    for wait in WAITS:
        try:
            return act()
        except OSError as error:
            if error.errno in _FINAL:
                raise
            time.sleep(wait)
    return act()


@contextmanager
def opened(path: Path, most: int) -> Iterator[tuple[BufferedReader, int]]:
    """A regular file to read, and how many bytes it has; no part of it is mapped: truncating it does no harm.

    Raises:
        OSError: as `open_file`; or it has more than `most` bytes.
    """
    with os.fdopen(open_file(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"it has {size:,} bytes; at most {most:,} are possible", str(path))
        yield file, size


def read_into(file: BufferedReader, place: memoryview) -> None:
    """Fill all of `place` with what comes next in a file.

    Raises:
        OSError: less came.
    """
    came = file.readinto(place)
    if came != len(place):
        raise OSError(errno.EAGAIN, f"only {came:,} of {len(place):,} bytes came", file.name)


def refusal(what: str, error: OSError) -> str:
    """That something can't be read now, and what to do, in one line; `what` names it with its path."""
    cure = _CURES.get(error.errno or 0, "try again, and check the disk if that doesn't help")
    return f"can't read {what} now: {error.strerror or error}; {cure}"
