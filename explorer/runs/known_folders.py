"""The folders where this user has trained before, so that a run is found again from any folder.

Each folder of runs is remembered in a file of its own, named by a hash and rewritten whenever a training
begins there: no two programs ever write the same file for different folders, and none waits for another.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from explorer.system.files import read_file, write_atomically
from explorer.system.user_folders import user_folder

MOST_FOLDERS = 50
"""The most folders that are listed: those used last."""


def remember(runs_dir: Path) -> None:
    """Remember a folder of runs; if that can't be written down, its runs are found only by their paths."""
    path = os.fsencode(runs_dir.resolve())  # else one folder, reached in two ways, would count as two
    with suppress(OSError):
        file = _state_folder() / hashlib.sha256(path).hexdigest()[:16]
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(file, path)


def remembered() -> list[Path]:
    """The folders of runs that this user has used, the newest first."""
    try:
        files = sorted(_state_folder().iterdir(), key=lambda file: file.lstat().st_mtime_ns, reverse=True)
    except OSError:
        return []
    folders = []
    for file in files[:MOST_FOLDERS]:
        with suppress(OSError):
            folders.append(Path(os.fsdecode(read_file(file, 1 << 14))))
    return [folder for folder in folders if folder.is_absolute()]  # `remember` writes no others


def _state_folder() -> Path:
    """The folder of the files that `remember` writes.

    Raises:
        OSError: there is no home folder.
    """
    return user_folder("state") / "places"
