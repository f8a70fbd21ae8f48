"""Files that a person names for something to be written to: as the shell's `>` would, but never half."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from explorer.system.files import Content, parts, write_atomically

STANDARD_OUTPUT: Final = Path("-")
"""Stands for standard output among the paths; a file of this name is `./-`."""
_NAMES: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def is_standard_output(name: str) -> bool:
    """Whether this, as typed, means standard output."""
    return name in _NAMES


def is_special(path: Path) -> bool:
    """Whether a path, or what it links to, is a device, a pipe or a socket: written to, never replaced."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # not there, or a name that no file can have
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_output(path: Path, content: Content, *, replace: bool, mode: int) -> None:
    """Write to standard output, or to a file that a person named.

    A regular file appears whole or not at all, and a link to one stays a link: its file is replaced. What is
    special is opened and written to.

    Args:
        path: where to.
        content: the bytes.
        replace: whether a regular file that exists is replaced.
        mode: a new file's permissions, less the umask.

    Raises:
        FileExistsError: the file is there and `replace` is false.
        OSError: it can't be written, or nobody reads the pipe any more.
    """
    if path == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(parts(content))
        sys.stdout.buffer.flush()
    elif is_special(path):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC), "wb") as file:
            file.writelines(parts(content))
    else:
        write_atomically(
            Path(os.path.realpath(path)) if replace else path, content, replace=replace, mode=mode
        )
