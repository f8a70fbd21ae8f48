"""Many runs at a glance: what a list says about each, without reading all its events."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from explorer.runs.catalogue import list_runs
from explorer.runs.config import Config
from explorer.runs.events import AnyEvent, RunStarted, decode
from explorer.runs.folder import OtherFormatError, RunFile, RunFolder, UnreadableError
from explorer.runs.history import History
from explorer.runs.rates import Rates, rates_of
from explorer.runs.reader import decode_lines
from explorer.runs.snapshot import ShownState, take_snapshot
from explorer.system.errors import GatescopeError
from explorer.system.files import open_file
from explorer.system.text import moment

TAIL = 1 << 15
"""Bytes read from the end of `events.jsonl`: some 150 steps, and so the newest evaluation."""
MATRIX = 12
"""Bytes more for each square of a confusion matrix: the tail holds two of them, numbers of up to 5 digits."""
HEAD = 1 << 15
"""Bytes read from its start, for the steps per epoch and the classes: they include the first `RunStarted`,
which has up to 12 KB with the names of a hundred classes, and 13 KB with the scaling of 512 inputs."""

FURTHER = 1 << 20
"""Bytes searched from either end for a `RunStarted`, where none is at the start: lines were cut off there."""
_STARTED = b'"RunStarted"'


@dataclass(frozen=True)
class Summary:
    """One run in a list."""

    folder: RunFolder
    file: RunFile
    state: ShownState
    reason: str
    """Why it is in that state; of a run that trains, why nothing can be saved."""
    stuck: bool
    """Whether it has an engine that can't write events now, and waits."""
    pid: int | None
    """The process of its engine; None without one, and where it would be another process here."""
    step: int
    """Steps trained."""
    weights_step: int
    """Where the weights stand; less than `step` where steps were being recomputed."""
    steps: int
    """Steps of the whole run; 0 until it is known."""
    epoch: int
    """Epochs completed at the newest evaluation."""
    accuracy: float | None
    """Of that evaluation, 0..1."""
    samples: int
    """How many samples that evaluation read."""
    whole: bool
    """Whether that was the whole test set."""
    saved: int | None
    """The step of the newest checkpoint; None if the last lines don't say."""
    started: RunStarted | None
    """How its first engine started; None if it hasn't."""
    rates: Rates
    """The peak learning rates with which it was trained."""

    @property
    def words(self) -> str:
        """The state, for a person."""
        return f"{self.state}, can't save" if self.stuck else self.state

    @property
    def tested(self) -> str:
        """The newest test accuracy, and of how many samples unless it was the whole test set."""
        if self.accuracy is None:
            return "     –"
        part = "" if self.whole else f" of {self.samples:,}"
        return f"{self.accuracy:6.2%}{part}"

    @property
    def share(self) -> float:
        """How much of the training is done, 0..1."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0

    @property
    def made(self) -> str:
        """When the run was created, for a person."""
        return moment(self.file.created)


@dataclass(frozen=True)
class Unreadable:
    """A run in a list about which nothing else is known."""

    folder: RunFolder
    reason: str
    """Why, in a few words: `from an older version`, `damaged`, `can't be read now`."""


Listed: TypeAlias = Summary | Unreadable
"""A run in a list."""


def summarise(folder: RunFolder) -> Listed:
    """A run's summary, from both ends of its events."""
    try:
        file = folder.read()
    except OtherFormatError as error:
        return Unreadable(folder, error.origin)
    except UnreadableError:
        return Unreadable(folder, "can't be read now")
    except GatescopeError:
        return Unreadable(folder, "damaged")
    engine = folder.engine()
    history, events = History(), _both_ends(folder)
    history.extend(events)
    said = "" if engine else folder.unrecorded_end()
    waits = bool(file.race) and engine is None and folder.waits()
    snapshot = take_snapshot(file, history, engine, starting=False, bad_lines=0, last_words=said, waits=waits)
    trouble = engine.trouble if engine and snapshot.live else ""
    evaluated, started = history.evaluated, history.started
    return Summary(
        folder=folder,
        file=file,
        state=snapshot.state,
        reason=trouble or snapshot.reason,
        stuck=bool(trouble),
        pid=engine.pid if engine and engine.away is None else None,
        step=snapshot.step,
        weights_step=snapshot.step if history.weights_step is None else history.weights_step,
        steps=started.steps_per_epoch * file.config.epochs if started else 0,
        epoch=evaluated.epoch if evaluated else 0,
        accuracy=evaluated.accuracy if evaluated else None,
        samples=evaluated.samples if evaluated else 0,
        whole=evaluated is not None and evaluated.whole,
        saved=history.checkpoint.step if history.checkpoint else None,
        started=started,
        rates=rates_of(file.config.lr, events),
    )


def summarise_all(folders: Iterable[RunFolder]) -> list[Listed]:
    """The summaries of these runs, in their order."""
    return [summarise(folder) for folder in folders]


def best_of_each_cell(runs_dir: Path, like: Config) -> dict[str, Summary]:
    """The runs of a folder that compare best with a configuration, at most one a cell, by the cell's name.

    Comparable is a run on the same data set with as many hidden units, of a cell that holds nothing: else it
    would be another cell. Of those, the ones with the same
    preset come first, then those evaluated on the whole test set, then the highest test accuracy; of equals,
    the newest.
    """
    best: dict[str, Summary] = {}
    for one in map(summarise, list_runs(runs_dir)):
        if not isinstance(one, Summary) or not _comparable(one.file.config, like):
            continue
        other = best.setdefault(one.file.config.cell, one)
        if _rank(one, like) > _rank(other, like):
            best[one.file.config.cell] = one
    return best


def _comparable(config: Config, like: Config) -> bool:
    """Whether two runs differ in nothing that would make their accuracies incomparable."""
    return (config.dataset, config.hidden, config.hold) == (like.dataset, like.hidden, {})


def _rank(one: Summary, like: Config) -> tuple[bool, bool, float]:
    """How well a run compares: the greater, the better."""
    return one.file.config.preset == like.preset, one.whole, -1.0 if one.accuracy is None else one.accuracy


def _both_ends(folder: RunFolder) -> list[AnyEvent]:
    """The first and the last events of a run, from complete lines only."""
    try:
        with os.fdopen(open_file(folder.events), "rb") as file:
            head = file.read(HEAD)
            events = _whole_lines(head)
            started = next((event for event in events if isinstance(event, RunStarted)), None)
            size = os.fstat(file.fileno()).st_size
            if started is None and (started := _find_start(file.fileno(), size)) is not None:
                events.append(started)
            tail = TAIL + MATRIX * len(started.shape.classes) ** 2 if started else TAIL
            if size <= HEAD + tail:
                return _whole_lines(head + file.read(tail))
            file.seek(-tail, os.SEEK_END)
            return events + _whole_lines(file.read(tail).partition(b"\n")[2])
    except OSError:
        return []


def _find_start(file: int, size: int) -> RunStarted | None:
    """A `RunStarted` within `FURTHER` bytes of either end; None if there is none."""
    for offset in (0, max(0, size - FURTHER)):
        text = os.pread(file, FURTHER, offset)
        found = text.find(_STARTED)
        if found >= 0:
            event = decode(text[text.rfind(b"\n", 0, found) + 1 :].partition(b"\n")[0])
            if isinstance(event, RunStarted):
                return event
    return None


def _whole_lines(text: bytes) -> list[AnyEvent]:
    """The events of the complete lines in a piece that begins with one."""
    return decode_lines(text[: text.rfind(b"\n") + 1])[0]
