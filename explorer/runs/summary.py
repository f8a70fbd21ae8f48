"""Many runs at a glance: what a list says of each, without reading it whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.runs.catalogue import list_runs
from explorer.runs.errors import GatescopeError
from explorer.runs.files import open_file
from explorer.runs.folder import OtherFormatError, RunFile, RunFolder
from explorer.runs.history import History
from explorer.runs.reader import decode_lines
from explorer.runs.snapshot import ShownState, take_snapshot
from explorer.runs.text import moment

TAIL = 1 << 15
"""Bytes read from the end of `events.jsonl`: some 150 steps, so the newest look at the test digits."""
HEAD = 1 << 13
"""Bytes read from its start, for how many steps an epoch has: the first `RunStarted` stands there."""


@dataclass(frozen=True)
class Summary:
    """One run in a list."""

    folder: RunFolder
    file: RunFile
    state: ShownState
    reason: str
    """Why it is in that state."""
    pid: int | None
    """The process of its engine; None without one."""
    step: int
    """Steps trained."""
    steps: int
    """Steps of the whole run; 0 while nobody knows."""
    epoch: int
    """Epochs completed when the test digits were last looked at."""
    accuracy: float | None
    """Of that look, 0..1."""
    samples: int
    """How many digits were read at that look."""
    saved: int | None
    """The step of the newest checkpoint; None where the last lines don't tell."""

    @property
    def share(self) -> float:
        """How much of the training is done, 0..1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0

    @property
    def made(self) -> str:
        """When the run was made, for a person."""
        return moment(self.file.created)


@dataclass(frozen=True)
class Unreadable:
    """A run in a list of which nothing else can be said."""

    folder: RunFolder
    reason: str
    """Why, in a few words: `from an older version`, `damaged`."""


def summarise(folder: RunFolder) -> Summary | Unreadable:
    """A run's summary, from both ends of its events."""
    try:
        file = folder.read()
    except OtherFormatError as error:
        return Unreadable(folder, error.origin)
    except GatescopeError:
        return Unreadable(folder, "damaged")
    engine = folder.engine()
    history = History()
    events, _ = decode_lines(_both_ends(folder))
    history.extend(events)
    snapshot = take_snapshot(file, history, engine, starting=False, bad_lines=0)
    seen, started = history.evaluated, history.started
    return Summary(
        folder=folder,
        file=file,
        state=snapshot.state,
        reason=snapshot.reason,
        pid=engine.pid if engine else None,
        step=snapshot.step,
        steps=started.steps_per_epoch * file.config.epochs if started else 0,
        epoch=seen.epoch if seen else 0,
        accuracy=seen.accuracy if seen else None,
        samples=seen.samples if seen else 0,
        saved=history.checkpoint.step if history.checkpoint else None,
    )


def summarise_all(folders: Iterable[RunFolder]) -> list[Summary | Unreadable]:
    """The summaries of all these runs, in their order."""
    return [summarise(folder) for folder in folders]


def newest_of_each_cell(runs_dir: Path) -> dict[str, Summary]:
    """For each cell that was trained in a folder, its newest run."""
    newest: dict[str, RunFolder] = {}
    for folder in list_runs(runs_dir):
        with suppress(GatescopeError):
            newest.setdefault(folder.read().config.cell, folder)
    summaries = map(summarise, newest.values())
    return {one.file.config.cell: one for one in summaries if isinstance(one, Summary)}


def _both_ends(folder: RunFolder) -> bytes:
    """The first and the last lines of the events, all of them whole."""
    try:
        with os.fdopen(open_file(folder.events), "rb") as file:
            head, tail = file.read(HEAD + TAIL), b""
            if os.fstat(file.fileno()).st_size > len(head):
                file.seek(-TAIL, os.SEEK_END)
                head, (_, _, tail) = head[:HEAD], file.read(TAIL).partition(b"\n")
    except OSError:
        return b""
    return b"".join(end[: end.rfind(b"\n") + 1] for end in (head, tail))
