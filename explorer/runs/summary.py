"""Many runs at a glance: what a list says of each, without reading it whole."""

from __future__ import annotations

import os
from dataclasses import dataclass

from explorer.runs.errors import GatescopeError
from explorer.runs.events import decode
from explorer.runs.folder import RunFile, RunFolder
from explorer.runs.history import History
from explorer.runs.view import Shown, derive

TAIL = 1 << 15
"""Bytes read from the end of `events.jsonl`: some 150 steps, so the newest look at the test digits."""


@dataclass(frozen=True)
class Summary:
    """One run in a list."""

    folder: RunFolder
    file: RunFile
    state: Shown
    epoch: int
    """Epochs completed when the test digits were last looked at."""
    accuracy: float | None
    """Of that look, 0..1."""


def summarise(folder: RunFolder) -> Summary | None:
    """A run's summary from the end of its events; None for a folder that can't be read."""
    try:
        file = folder.read()
    except GatescopeError:
        return None
    alive = folder.engine_pid() is not None
    history = History()
    for line in _last_lines(folder):
        event = decode(line)
        if event is not None:
            history.add(event)
    view = derive(file, history, alive, starting=False, bad_lines=0)
    seen = history.evaluated
    return Summary(folder, file, view.state, seen.epoch if seen else 0, seen.accuracy if seen else None)


def _last_lines(folder: RunFolder) -> list[bytes]:
    """The last whole lines of the events."""
    try:
        with open(folder.events, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - TAIL))
            return file.read(TAIL).splitlines()
    except OSError:
        return []
