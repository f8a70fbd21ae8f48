"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, replace: bool = True, mode: int = 0o600) -> None:
    """Write a file whole or not at all: a temporary file beside it, fsync, rename.

    Args:
        path: where the file shall be; its folder must exist.
        content: the bytes.
        replace: whether a file that is there already is replaced.
        mode: who may do what with the file, less the umask.

    Raises:
        FileExistsError: the file is there and `replace` is false.
        OSError: the folder can't be written, or the disk is full; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
        else:
            _take_name(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _take_name(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, path)  # fails where the name is taken, without a race
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: look, then rename
        if path.exists() or path.is_symlink():
            raise FileExistsError(path) from None
        os.replace(temporary, path)
    else:
        os.unlink(temporary)
