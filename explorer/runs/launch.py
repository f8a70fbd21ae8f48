"""Starting an engine that outlives the program that starts it."""

from __future__ import annotations

import os
import subprocess
import sys

from explorer.runs.files import open_file
from explorer.runs.folder import RunFolder


def start_engine(folder: RunFolder, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `python -m explorer engine FOLDER …` in a session of its own.

    A session of its own has no terminal, so closing the terminal or losing SSH sends it no signal.
    What it prints goes to the run's `engine.log` and not to the screen. `-P` keeps the current folder out
    of the import path: a `models` of the user's own there would be mistaken for ours.

    Raises:
        OSError: the log can't be written, or the process can't be started.
    """
    log = open_file(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "explorer", "engine", str(folder.path.resolve()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)
