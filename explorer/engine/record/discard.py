"""Removing the folder of a run that never began."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import Final

from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.launch import COMPLAINT
from explorer.system.files import open_file
from explorer.system.text import one_line

_MADE: Final = frozenset({"run.json", "checkpoints", "events.jsonl", "engine.lock", "engine.log"})
"""What is in the folder of a new run before its first step; anything else is somebody's own."""


def discard(held: HeldFolder, reason: str) -> None:
    """Remove a run's folder, unless it holds a checkpoint, or anything that no engine made.

    Never another folder that has its name by now.

    The reason goes to the log first: the screen that started this engine has the log open, and knows why as
    soon as the folder has gone. What can't be removed stays; the run's last event gives the reason, too.
    """
    with suppress(OSError, FolderGone):
        held.follow()
        folder = held.folder
        found = {path.name for path in folder.path.iterdir()}
        if found <= _MADE and not any(folder.checkpoints.iterdir()):
            with os.fdopen(open_file(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "w") as log:
                print(f"{COMPLAINT}{one_line(reason)}", file=log)
            held.follow()
            shutil.rmtree(folder.path)
