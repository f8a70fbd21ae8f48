"""`train --resume`: everything an engine needs to resume a run, from one reading of its events.

A run that has been trained before is on disk in two forms. `events.jsonl` holds every step up to the
newest; the newest good checkpoint is some steps older. The engine resumes from the checkpoint, and
recomputes the steps in between with the same result. So:

1. `resume` checks that something is left to train: the run isn't finished (or now has more epochs, which
   is noted in `run.json`), and it didn't diverge (or now has a lower learning rate).
2. In the same reading it keeps the history, for the display of the training, and what was recorded after
   the oldest checkpoint on disk. Which checkpoint is good is known only later, when torch is loaded.
3. `Resumed.recorded_after` gives what was recorded after the checkpoint that was loaded: those steps are
   not recorded twice (`Recorder`), an evaluation is not repeated, and a learning-rate change is applied
   again at the same step (`Control.reach`).

A run that diverged goes back: to its last good checkpoint, with a lower rate. What was recorded after that
doesn't count any more (`Rewound`), and newer checkpoints are renamed.

A new run goes the same way, with nothing recorded yet.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

import msgspec

from explorer.engine.data.npz import require_same
from explorer.runs.data_files import SequenceFile
from explorer.runs.events import (
    AnyEvent,
    Evaluated,
    Event,
    LearningRateChanged,
    Marked,
    Rewound,
    StateChanged,
    StepTrained,
)
from explorer.runs.folder import Extension, RunFile, RunFolder, step_of
from explorer.runs.gaps import Gap, describe, find_gaps
from explorer.runs.history import History
from explorer.runs.known_folders import remember
from explorer.runs.last_good import last_good
from explorer.runs.reader import EventReader
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import remove_temporaries
from explorer.system.path_text import text_path
from explorer.system.patience import patiently, refusal


@dataclass
class Recorded:
    """What a run's events say about the time after a step."""

    after: int = 0
    """That step; nothing before it is kept."""
    newest: int = 0
    """The newest step on record, whatever `after` is."""
    losses: dict[int, float | None] = field(default_factory=dict)
    """The loss of each step."""
    evaluations: set[int] = field(default_factory=set)
    """The steps after which test samples were evaluated."""
    interruptions: set[int] = field(default_factory=set)
    """The steps after which they were evaluated because of a pause or a stop."""
    marks: set[tuple[int, str]] = field(default_factory=set)
    """The steps at which something looked wrong, or right again."""
    factors: dict[int, float] = field(default_factory=dict)
    """The learning-rate factor from a step on, where it was changed."""

    def add(self, event: AnyEvent) -> None:
        """Add one event."""
        match event:
            case StepTrained(step=step, loss=loss):
                self.newest = max(self.newest, step)
                if step > self.after:
                    self.losses[step] = loss
            case Evaluated(step=step) if step >= self.after:
                self.evaluations.add(step)
            case StateChanged(evaluated=Evaluated(step=step)) if step >= self.after:
                self.interruptions.add(step)
            case Marked(step=step, mark=mark) if step >= self.after:
                self.marks.add((step, mark))
            case LearningRateChanged(step=step, factor=factor) if step >= self.after:
                self.factors[step] = factor
            case Rewound(step=step):
                self._rewind(step)

    def _rewind(self, step: int) -> None:
        """Forget what is on record after a step."""
        self.newest = min(self.newest, step)
        self.losses = {one: loss for one, loss in self.losses.items() if one <= step}
        self.factors = {one: factor for one, factor in self.factors.items() if one <= step}
        self.evaluations = {one for one in self.evaluations if one <= step}
        self.interruptions = {one for one in self.interruptions if one <= step}
        self.marks = {mark for mark in self.marks if mark[0] <= step}

    def holds(self, event: Event) -> bool:
        """Whether this event is already on record."""
        match event:
            case StepTrained(step=step):
                return step in self.losses
            case Evaluated(step=step):
                return step in self.evaluations
            case Marked(step=step, mark=mark):
                return (step, mark) in self.marks
        return False


class Rate(NamedTuple):
    """Another learning rate, from a step on."""

    step: int
    factor: float
    """The schedule is multiplied by this."""
    rewinds: bool
    """Whether what was recorded after that step counts no more."""

    @property
    def events(self) -> list[Event]:
        """What is recorded about it."""
        now = time.time()
        changed = LearningRateChanged(time=now, step=self.step, factor=self.factor)
        return [Rewound(time=now, step=self.step), changed] if self.rewinds else [changed]


@dataclass(frozen=True)
class Resumed:
    """A run about to be trained, from its start or from a checkpoint."""

    run: RunFile
    """`run.json`, with what is asked for now."""
    _recorded: Recorded
    _folder: RunFolder
    _gaps: Sequence[Gap] = ()
    """Steps before the newest on record that aren't."""
    _saved: int = 0
    """The step of the checkpoint that was saved last, as the events say; 0 if they know of none."""
    file: SequenceFile | None = None
    """What is on record about the file that the run learns from, if it learns from one."""
    rate: Rate | None = None
    """The rate that was given, if it changes."""

    def recorded_after(self, step: int) -> Recorded:
        """What was recorded after the checkpoint of a step; 0: the run starts again from its beginning.

        The events are read again only if every checkpoint is damaged: then more is needed than was kept.
        """
        if step >= self._recorded.after:
            return _trimmed(self._recorded, step)
        return read_recorded(self._folder.events, step)

    def missing_before(self, step: int) -> str:
        """Which of the steps up to a checkpoint's are not on record, in one line; empty if all are.

        Engines never save a checkpoint before its steps are on record: the events were changed since.
        """
        gaps = [Gap(gap.first, min(gap.last, step)) for gap in self._gaps if gap.first <= step]
        if step > self._recorded.newest:
            gaps.append(Gap(self._recorded.newest + 1, step))
        if not gaps:
            return ""
        good = f"the checkpoint from step {step:,} is good: the training resumes from it"
        return f"{describe(gaps)} not in events.jsonl, but {good}"

    def removed_after(self, step: int) -> str:
        """Why the training resumes from no later step than this, if checkpoints were removed; else empty."""
        if step >= self._saved:
            return ""
        return f"the checkpoint from step {self._saved:,} is gone; the training resumes from step {step:,}"


def resume(folder: RunFolder, epochs: int | None, lr: float | None = None) -> tuple[Resumed, History]:
    """Check that something is left to train, and read what is on record; the caller holds the lock.

    Args:
        folder: the run, new or not.
        epochs: the run's new total; None: unchanged.
        lr: its new peak learning rate, from where it resumes; None: unchanged.

    Returns:
        What the engine keeps, and the history so far, 24 bytes a step: only for the display of the training.

    Raises:
        UsageError: nothing is left to train.
        GatescopeError: the run is damaged, has diverged, or can't be written; or the file that it learns from
            is missing, or another one.
    """
    run = folder.read()
    if folder.checkpoints.is_symlink():
        raise GatescopeError(f"{folder.checkpoints} is a symbolic link; nothing is written there")
    history, recorded = _read_events(folder.events, after=oldest_step(folder))
    rate = _rate(folder, run, history, recorded, lr)
    file = history.started.file if history.started else None
    if file is not None:
        require_same(text_path(run.config.dataset), file.sha256)
    if history.events:  # a new run's folder is remembered when the run is created
        remember(folder.path.parent)
    if epochs is not None and epochs != run.config.epochs:
        run = _extend(folder, run, history, epochs)
    elif history.state == "finished":
        raise UsageError(
            f"run {folder.name} is finished after {_count(run.config.epochs)}; "
            "train it longer with a larger --epochs"
        )
    try:
        folder.checkpoints.mkdir(mode=0o700, exist_ok=True)
        for directory in (folder.path, folder.checkpoints):
            remove_temporaries(directory)
    except OSError as error:
        raise GatescopeError(f"can't write {folder.path}: {error.strerror}") from None
    for event in rate.events if rate else ():
        recorded.add(cast(AnyEvent, event))
    gaps = find_gaps(history.train.steps, recorded.newest)
    saved = history.checkpoint.step if history.checkpoint and not (rate and rate.rewinds) else 0
    return Resumed(run, recorded, folder, gaps, saved, file, rate), history


def _rate(
    folder: RunFolder, run: RunFile, history: History, recorded: Recorded, lr: float | None
) -> Rate | None:
    """From which step on the run has which rate, if one was given.

    Raises:
        GatescopeError: it diverged, and would again.
    """
    peak, diverged = run.config.lr * history.factor, history.state == "diverged"
    if not diverged:
        newest = max(recorded.newest, newest_step(folder))
        return None if lr is None else Rate(newest, lr / run.config.lr, rewinds=False)
    if lr is None or lr >= peak:
        at = history.refused.step if history.refused else history.steps_done + 1
        good = last_good(history, _saved_steps(folder))
        raise GatescopeError(
            f"run {folder.name} diverged at step {at:,}, and would again; `gatescope train --resume "
            f"{folder.name} --lr {peak / 2:g}` goes on from step {good:,} with a lower rate"
        )
    return Rate(last_good(history, _saved_steps(folder)), lr / run.config.lr, rewinds=True)


def put_aside(folder: RunFolder, step: int) -> None:
    """Rename the checkpoints after a step, from which the run goes on otherwise: `….diverged`.

    Raises:
        GatescopeError: one can't be renamed; the next resume would begin from it.
    """
    for path in folder.checkpoint_files():
        if (step_of(path) or 0) > step:
            try:
                path.replace(path.with_name(f"{path.name}.diverged"))
            except OSError as error:
                raise GatescopeError(f"can't rename {path}: {error.strerror}") from None


def read_recorded(events: Path, after: int) -> Recorded:
    """What a run's `events.jsonl` says about the time after a step."""
    return _read_events(events, after)[1]


def oldest_step(folder: RunFolder) -> int:
    """The step of the oldest checkpoint on disk; 0 if there is none, or its name has no step."""
    return min(_saved_steps(folder), default=0)


def newest_step(folder: RunFolder) -> int:
    """The step of the newest checkpoint on disk, which needn't be good; 0 as for the oldest."""
    return max(_saved_steps(folder), default=0)


def _saved_steps(folder: RunFolder) -> list[int]:
    """The steps in the names of the checkpoints on disk."""
    return [step for path in folder.checkpoint_files() if (step := step_of(path)) is not None]


def _read_events(events: Path, after: int) -> tuple[History, Recorded]:
    """Read all events once, for the history and for what is recorded after a step.

    Raises:
        GatescopeError: they can't be read now: taken for none, steps would be recorded twice.
    """
    history, recorded = History(), Recorded(after)
    reader = EventReader(events)

    def read() -> list[AnyEvent]:
        chunk = reader.read()
        if not chunk and reader.refused is not None:
            raise reader.refused
        return chunk

    try:
        while chunk := patiently(read):
            history.extend(chunk)
            for event in chunk:
                recorded.add(event)
    except OSError as error:
        raise GatescopeError(refusal(str(events), error)) from None
    return history, recorded


def _trimmed(recorded: Recorded, after: int) -> Recorded:
    """The same, from a later step on."""
    return Recorded(
        after=after,
        newest=recorded.newest,
        losses={step: loss for step, loss in recorded.losses.items() if step > after},
        evaluations={step for step in recorded.evaluations if step >= after},
        interruptions={step for step in recorded.interruptions if step >= after},
        marks={(step, mark) for step, mark in recorded.marks if step >= after},
        factors={step: factor for step, factor in recorded.factors.items() if step >= after},
    )


def _extend(folder: RunFolder, run: RunFile, history: History, epochs: int) -> RunFile:
    """Note in `run.json` that the run has another total of epochs from here on."""
    done = max(history.steps_done, newest_step(folder))
    if history.started is not None and done >= history.started.steps_per_epoch * epochs:
        trained = _count(done // history.started.steps_per_epoch)
        raise UsageError(
            f"--epochs {epochs}: run {folder.name} already has {trained}; --epochs must be larger"
        )
    extensions = [*run.extensions, Extension(done, run.config.epochs)]
    config = msgspec.structs.replace(run.config, epochs=epochs)
    extended = msgspec.structs.replace(run, config=config, extensions=extensions)
    try:
        folder.write(extended)
    except OSError as error:
        raise GatescopeError(f"can't write {folder.path}: {error.strerror}") from None
    return extended


def _count(epochs: int) -> str:
    """`1 epoch`, `3 epochs`."""
    return f"{epochs:,} epoch{'' if epochs == 1 else 's'}"
