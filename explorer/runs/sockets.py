"""Where unix sockets may be: short paths, for nobody else."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from explorer.runs.errors import GatescopeError

LONGEST = 100
"""Bytes of a unix socket's path, on every system: 104 on macOS, 108 on Linux, less a temporary suffix."""


def private_socket(key: str) -> Path:
    """Where a socket of this user may be: a short path in a folder for nobody else.

    That is `gatescope` in XDG_RUNTIME_DIR, or `gatescope-UID` in the folder of temporary files. The
    first may be missing, or go when the last SSH session ends: then it is the second.

    Raises:
        GatescopeError: no such folder can be made, or it belongs to somebody else.
    """
    refusal = ""
    for folder in _folders():
        path = folder / f"{key}.sock"
        if len(os.fsencode(path)) + len(f".{os.getpid()}") > LONGEST:
            refusal = refusal or f"the path {folder} is too long for a socket"
            continue
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            status = folder.lstat()
        except OSError as error:
            refusal = refusal or f"cannot make {folder}: {error.strerror}"
            continue
        if status.st_uid == os.getuid() and not status.st_mode & 0o077 and stat.S_ISDIR(status.st_mode):
            return path
        refusal = f"{folder} must belong to you alone (mode 700); remove it"
    raise GatescopeError(f"{refusal}; or set XDG_RUNTIME_DIR to a folder of yours")


def is_ours(socket: Path, key: str) -> bool:
    """Whether a path that stands in a run's folder is a socket of this user, made for this run.

    The folder may come from a stranger, and name any socket of this machine.
    """
    try:
        status = socket.lstat()
    except (OSError, ValueError):
        return False
    return socket.name == f"{key}.sock" and stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid()


def _folders() -> list[Path]:
    """Where this user's sockets may be, best first."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    mine = f"gatescope-{os.getuid()}"
    folders = [Path(given) / "gatescope"] if given else []
    # /tmp as well: TMPDIR may be another one, or longer, wherever a viewer is started.
    return list(dict.fromkeys([*folders, Path(tempfile.gettempdir()) / mine, Path("/tmp") / mine]))  # noqa: S108
