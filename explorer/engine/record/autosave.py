"""Checkpoints during a training: when one is needed, and what is recorded if it can't be written."""

from __future__ import annotations

import time
from pathlib import Path

from explorer.engine.learning.step import Learner
from explorer.engine.record.checkpoints import Progress, save_checkpoint
from explorer.engine.record.recorder import Recorder
from explorer.runs.events import CheckpointSaved
from explorer.runs.folder import RunFolder


class Autosave:
    """Saves the weights and the optimizer of one training."""

    def __init__(
        self,
        folder: RunFolder,
        learner: Learner,
        record: Recorder,
        saved: int | None,
    ) -> None:
        """Save into a run's folder; `saved` is the step of the newest checkpoint there, None without one."""
        self._folder = folder
        self._learner = learner
        self._record = record
        self._saved = saved
        self.trouble = ""
        """Why the newest weights couldn't be saved, in one line; empty if they were."""

    def save(self, progress: Progress) -> bool:
        """Write a checkpoint, unless these weights are on disk already, or are no longer finite.

        A step with finite gradients can still make the weights infinite, where the learning rate times
        the weight decay is above 2: those must not replace the last good checkpoint.

        Returns:
            Whether everything worth keeping is on disk; if not, `trouble` says why.

        Raises:
            FolderGone: the run's folder is gone.
        """
        step = progress.step
        if self._saved == step or not all(p.isfinite().all() for p in self._learner.model.parameters()):
            return True
        try:
            self._check()
            self._record.sync()
            path = self._write(progress)
        except OSError as error:
            self._fail(step, error.strerror or str(error))
            return False
        self._saved, self.trouble = step, ""
        relative = str(path.relative_to(self._folder.path))
        self._record(CheckpointSaved(time=time.time(), step=step, path=relative))
        return True

    def _write(self, progress: Progress) -> Path:
        """Write a checkpoint; once more if the folder was renamed in that moment."""
        check, model, optimizer = self._check, self._learner.model, self._learner.optimizer
        try:
            return save_checkpoint(self._folder, progress, model, optimizer, check)
        except FileNotFoundError:
            self._check()
            return save_checkpoint(self._folder, progress, model, optimizer, check)

    def _check(self) -> None:
        """Find the run's folder again, before anything in it is touched."""
        self._record.check(now=True)

    def _fail(self, step: int, why: str) -> None:
        """Record, once, that nothing could be saved."""
        if not self.trouble:
            last = "none has been saved yet"
            if self._saved is not None:
                last = f"the last one is from step {self._saved:,}"
            self._record.warn(step, f"can't save a checkpoint: {why}; {last}")
        self.trouble = why
