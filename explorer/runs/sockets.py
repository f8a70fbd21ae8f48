"""Where unix sockets may be: short paths, for nobody else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from explorer.runs.errors import GatescopeError


def private_socket(key: str) -> Path:
    """Where a socket of this user may be: a short path in a folder for nobody else.

    Raises:
        GatescopeError: the folder belongs to somebody else, or is open to others.
    """
    return _runtime_folder() / f"{key}.sock"


def _runtime_folder() -> Path:
    """Where this user's sockets are; for nobody else."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(given) / "gatescope" if given else Path(tempfile.gettempdir()) / f"gatescope-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise GatescopeError(f"cannot make {folder}: {error.strerror}; set XDG_RUNTIME_DIR") from None
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise GatescopeError(f"{folder} must belong to you alone (mode 700); remove it and try again")
    return folder
