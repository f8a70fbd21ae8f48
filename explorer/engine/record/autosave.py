"""Checkpoints while a training goes on: when one is needed, and what is said when none can be written."""

from __future__ import annotations

import time

from explorer.engine.learning.step import Learner
from explorer.engine.record.checkpoints import Progress, save_checkpoint
from explorer.engine.record.recorder import Recorder
from explorer.runs.errors import GatescopeError
from explorer.runs.events import CheckpointSaved
from explorer.runs.folder import RunFolder


class Autosave:
    """Saves what one training has learnt."""

    def __init__(
        self,
        folder: RunFolder,
        learner: Learner,
        record: Recorder,
        saved: int | None,
    ) -> None:
        """Save into a run's folder; `saved` is the step whose checkpoint is there, None without one."""
        self._folder = folder
        self._learner = learner
        self._record = record
        self._saved = saved
        self.trouble = ""
        """Why the newest weights couldn't be saved, in one line; empty when they are."""

    def save(self, progress: Progress) -> bool:
        """Write a checkpoint, unless these very weights are on disk already, or are no numbers any more.

        A step from finite gradients can still end in infinite weights, where the learning rate times
        the weight decay is above 2: the last good checkpoint must not give way to those.

        Returns:
            Whether everything that is worth keeping is on disk; if not, `trouble` says why.

        Raises:
            GatescopeError: the run's folder is gone.
        """
        step = progress.step
        if self._saved == step or not all(p.isfinite().all() for p in self._learner.model.parameters()):
            return True
        try:
            self._record.sync()
            path = save_checkpoint(self._folder, progress, self._learner.model, self._learner.optimizer)
        except OSError as error:
            self._fail(step, error.strerror or str(error))
            return False
        self._saved, self.trouble = step, ""
        relative = str(path.relative_to(self._folder.path))
        self._record(CheckpointSaved(time=time.time(), step=step, path=relative))
        return True

    def _fail(self, step: int, why: str) -> None:
        """Say that nothing could be saved, once."""
        if not self._folder.path.is_dir():
            raise GatescopeError(f"the run's folder {self._folder.path} is gone")
        if not self.trouble:
            last = "none has been saved yet"
            if self._saved is not None:
                last = f"the last one is from step {self._saved:,}"
            self._record.warn(step, f"cannot save a checkpoint: {why}; {last}")
        self.trouble = why
