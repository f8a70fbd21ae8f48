"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file whole or not at all: a temporary file beside it, fsync, rename.

    Args:
        path: where the file shall be; its folder must exist.
        content: the bytes.
        replace: whether a file that is there already is replaced.

    Raises:
        FileExistsError: the file is there and `replace` is false.
        OSError: the folder can't be written, or the disk is full; nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
        else:
            os.link(temporary, path)  # fails where the name is taken, without a race
            os.unlink(temporary)
    except BaseException:
        os.unlink(temporary)
        raise
