"""Removing the folder of a run that never began."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Final

from explorer.runs.folder import RunFolder

_MADE: Final = frozenset({"run.json", "checkpoints", "events.jsonl", "engine.lock", "engine.log"})
"""What is in the folder of a new run before its first step; anything else is somebody's own."""


def discard(folder: RunFolder) -> None:
    """Remove a run's folder, unless it holds a checkpoint, or anything that no engine made.

    What can't be removed stays; the run's last event says why it failed.
    """
    with suppress(OSError):
        found = {path.name for path in folder.path.iterdir()}
        if found <= _MADE and not any(folder.checkpoints.iterdir()):
            shutil.rmtree(folder.path)
