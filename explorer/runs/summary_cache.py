"""Summaries of thousands of runs: one whose files are as they were isn't read again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from explorer.runs.events import LIVE
from explorer.runs.folder import RunFolder
from explorer.runs.summary import Listed, Summary, summarise

_FILES: Final = ("run.json", "events.jsonl", "engine.lock", "race.lock")
"""What a summary is made from. An engine that starts writes its process into the lock; one that dies writes
nothing, so a run that has one is always read again, as is one that waits for its turn in a race."""

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Of each file, what it is, when it was written, in ns, and its size; None where it isn't there."""


class _Known(NamedTuple):
    """What was read of a run."""

    stamp: Stamp
    summary: Listed


class SummaryCache:
    """What was read of each run, by its path. For threads: any number of them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Path, _Known] = {}

    def read(self, folders: Iterable[RunFolder]) -> list[Listed]:
        """The summaries of these runs, in their order, without those that are gone.

        A run that hasn't changed has the very same summary as before.
        """
        found = (self._read(folder) for folder in folders)
        return [one for one in found if one is not None]

    def _read(self, folder: RunFolder) -> Listed | None:
        """The summary of one run; None if it is gone."""
        stamp, known = _stamp(folder.path), self._known.get(folder.path)
        if stamp[0] is None and not folder.path.is_dir():
            self._known.pop(folder.path, None)
            return None
        if known is not None and known.stamp == stamp and not _changes(known.summary):
            return known.summary
        summary = summarise(folder)
        if known is not None and known.summary == summary:
            summary = known.summary
        self._known[folder.path] = _Known(stamp, summary)
        return summary


def _changes(run: Listed) -> bool:
    """Whether what is said of a run may change though none of its files does."""
    return not isinstance(run, Summary) or run.pid is not None or run.state in LIVE | {"waiting"} or run.stuck


def _stamp(path: Path) -> Stamp:
    """What tells whether a run's files have changed."""
    return tuple(_facts(f"{path}/{name}") for name in _FILES)


def _facts(file: str) -> tuple[int, int, int] | None:
    """What tells whether one file has changed."""
    try:
        status = os.stat(file)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
