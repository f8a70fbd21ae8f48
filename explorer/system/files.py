"""Files of a run: opened without following links, written so that no reader ever sees half a file."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

Identity = tuple[int, int]
"""Device and inode: no two files or folders that exist at the same time have the same."""


def identity(status: os.stat_result) -> Identity:
    """What a file or a folder keeps under every name."""
    return status.st_dev, status.st_ino


Stamp = tuple[int, ...]
"""What changes when another file takes a name, or the same one is written to: `Identity`, size, time."""


def stamp_of(status: os.stat_result) -> Stamp:
    """What a file is known by, as long as nobody changes it."""
    return (*identity(status), status.st_size, status.st_mtime_ns)


def stamp_at(path: Path) -> Stamp | None:
    """The stamp of what has this name, a link itself if it is one; None if it can't be found."""
    try:
        return stamp_of(status_of(path))
    except OSError:
        return None


def status_of(path: Path, within: int | None = None) -> os.stat_result:
    """The status of what has this name, a link itself if it is one; `within` as for `open_file`.

    Raises:
        OSError: it can't be found.
    """
    return os.stat(path if within is None else path.name, dir_fd=within, follow_symlinks=False)


def open_file(path: Path, flags: int = os.O_RDONLY, within: int | None = None) -> int:
    """Open a regular file of a run's folder; a new one is private to its owner.

    A folder may come from a stranger: a link in it could name any of the user's files, and opening a pipe
    would wait forever. So neither is opened.

    Args:
        path: the file.
        flags: as for `os.open`.
        within: the open folder that the file is in. Only the last part of `path` counts then: the folder's
            own path may name another by now.

    Raises:
        OSError: it doesn't exist, can't be opened, or isn't a regular file.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path if within is None else path.name, flags, 0o600, dir_fd=within)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return handle


def read_file(path: Path, most: int) -> bytes:
    """The content of a regular file.

    Raises:
        OSError: as `open_file`; or it has more than `most` bytes.
    """
    with os.fdopen(open_file(path), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"more than {most:,} bytes", str(path))
    return content


def last_line(file: int, start: int = 0) -> str:
    """The last line of an open file that isn't blank, from byte `start` on; empty if there is none.

    Only the last 4 KB are read.

    Raises:
        OSError: it can't be read.
    """
    end = os.pread(file, 4096, max(start, os.fstat(file).st_size - 4096))
    lines = end.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


Content = bytes | Iterable[bytes]
"""What a file is to hold: at once, or in parts that are made while it is written."""


def write_atomically(path: Path, content: Content, *, replace: bool = True, mode: int = 0o600) -> None:
    """Write a file whole or not at all: a temporary file beside it, fsync, rename.

    Args:
        path: where the file goes; its folder must exist.
        content: the bytes; what making a part of them raises is raised, and nothing is left behind.
        replace: whether an existing file is replaced.
        mode: the file's permissions, less the umask.

    Raises:
        FileExistsError: the file is there and `replace` is false.
        OSError: the folder can't be written, or the disk is full; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts(content))
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
    with suppress(OSError):  # some file systems can't do this
        _sync_folder(path.parent)


def parts(content: Content) -> Iterable[bytes]:
    """A file's content, part by part."""
    return (content,) if isinstance(content, bytes) else content


def remove_temporaries(folder: Path) -> None:
    """Remove the temporaries of a program killed while writing; nothing else may be writing there."""
    for path in folder.glob(".*.????????"):
        if path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a name that was just given survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_name(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, path)  # fails where the name is taken, without a race
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: check, then rename
        if path.exists() or path.is_symlink():
            raise FileExistsError(path) from None
        os.replace(temporary, path)
    else:
        os.unlink(temporary)
