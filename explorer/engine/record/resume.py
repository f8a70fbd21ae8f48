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

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from explorer.engine.data.npz import require_same
from explorer.engine.record.rate import Rate, rate_of
from explorer.engine.record.recorded import Recorded, read_events_after, read_recorded, trimmed
from explorer.engine.record.saved_steps import newest_step, oldest_step
from explorer.runs.data_files import SequenceFile
from explorer.runs.folder import Extension, RunFile, RunFolder
from explorer.runs.gaps import Gap, describe, find_gaps
from explorer.runs.history import History
from explorer.runs.known_folders import remember
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import remove_temporaries
from explorer.system.path_text import text_path


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
            return trimmed(self._recorded, step)
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
    history, recorded = read_events_after(folder.events, after=oldest_step(folder))
    rate = rate_of(folder, run, history, recorded, lr)
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
        recorded.add(event)
    gaps = find_gaps(history.train.steps, recorded.newest)
    saved = history.checkpoint.step if history.checkpoint and not (rate and rate.rewinds) else 0
    return Resumed(run, recorded, folder, gaps, saved, file, rate), history


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
