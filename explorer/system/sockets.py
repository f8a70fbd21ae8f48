"""Where unix sockets may be: short paths, private to the user."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from explorer.system.errors import GatescopeError
from explorer.system.path_text import path_text

LONGEST_PATH = 100
"""The most bytes of a unix socket's path: 104 on macOS, 108 on Linux, less those of a temporary suffix."""


def private_socket(key: str) -> Path:
    """Where a socket of this user may be: a short path in a private folder.

    The folder is `gatescope` in XDG_RUNTIME_DIR, or `gatescope-UID` in the folder of temporary files. The
    first may be missing, or be removed when the last SSH session ends: then it is the second.

    Raises:
        GatescopeError: no such folder can be made, or it isn't private to this user.
    """
    refusal = ""
    for folder in _folders():
        path = folder / f"{key}.sock"
        if len(os.fsencode(path)) + len(f".{os.getpid()}") > LONGEST_PATH:
            refusal = refusal or f"the path {folder} is too long for a socket"
            continue
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            status = folder.lstat()
        except OSError as error:
            refusal = refusal or f"can't make {folder}: {error.strerror}"
            continue
        if status.st_uid == os.getuid() and not status.st_mode & 0o077 and stat.S_ISDIR(status.st_mode):
            return path
        refusal = f"{folder} must belong to you alone (mode 700); remove it"
    raise GatescopeError(f"{refusal}; or set XDG_RUNTIME_DIR to a folder of yours")


def is_ours(socket: Path, key: str) -> bool:
    """Whether a path found in a run's folder is a socket of this user, made for this run.

    The folder may come from a stranger, and name any socket on this machine.
    """
    try:
        status = socket.lstat()
    except (OSError, ValueError):
        return False
    return socket.name == f"{key}.sock" and stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid()


def _folders() -> list[Path]:
    """The folders where this user's sockets may be, best first."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    mine = f"gatescope-{os.getuid()}"
    folders = [Path(given) / "gatescope"] if given else []
    with suppress(OSError):  # no folder for temporary files can be written
        folders.append(Path(tempfile.gettempdir()) / mine)
    # /tmp as well: where a viewer is started, TMPDIR may be another folder, or a longer path.
    folders.append(Path("/tmp") / mine)  # noqa: S108
    # A run's lock names its socket in JSON, which can't hold a path that is no UTF-8.
    return [path for path in dict.fromkeys(folders) if path_text(path) == str(path)]
