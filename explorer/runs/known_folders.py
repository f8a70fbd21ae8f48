"""Where this user has trained before, so that a run is found again from any folder.

Each folder of runs is remembered in a file of its own, named by a hash and written anew whenever a
training begins there: no two programs ever write the same one for different folders, and none waits for
another.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from explorer.runs.files import read_file, write_atomically

MOST = 50
"""Folders that are looked into, those used last."""


def remember(runs_dir: Path) -> None:
    """Remember a folder of runs; without a place to write that down, it is only found by its path."""
    path = os.fsencode(runs_dir.resolve())  # else one folder, reached in two ways, would be two
    place = _places() / hashlib.sha256(path).hexdigest()[:16]
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(place, path)


def remembered() -> list[Path]:
    """The folders of runs that this user has used, the newest first."""
    try:
        places = sorted(_places().iterdir(), key=lambda place: place.lstat().st_mtime_ns, reverse=True)
    except OSError:
        return []
    folders = []
    for place in places[:MOST]:
        with suppress(OSError):
            folders.append(Path(os.fsdecode(read_file(place, 1 << 14))))
    return [folder for folder in folders if folder.is_absolute()]  # no other was written by us


def _places() -> Path:
    """The folder of what is remembered."""
    return platformdirs.user_state_path("gatescope") / "places"
