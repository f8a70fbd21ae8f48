"""Checkpoints during a training: when one is needed, and what is recorded if it can't be written."""

from __future__ import annotations

import time
from pathlib import Path

from explorer.engine.learning.step import Learner
from explorer.engine.record.checkpoints import save_checkpoint
from explorer.engine.record.recorder import Recorder
from explorer.engine.record.saved_steps import newest_step
from explorer.engine.record.tensor_file import Progress
from explorer.runs.events import CheckpointSaved
from explorer.runs.folder import RunFolder
from explorer.runs.writer import SETTLED_SECONDS
from explorer.system.files import stamp_at


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
        self._stamp = None if saved is None else stamp_at(folder.checkpoint_at(saved))

    @property
    def trouble(self) -> str:
        """Why the newest weights couldn't be saved, in one line; empty if they were."""
        return self._record.unsaved

    def save(self, progress: Progress) -> bool:
        """Write a checkpoint, unless these weights are on disk still, or are no longer finite.

        A step with finite gradients can still make the weights infinite, where the learning rate times
        the weight decay is above 2: those must not replace the last good checkpoint.

        Returns:
            Whether everything worth keeping is on disk; if not, `trouble` says why.

        Raises:
            FolderGone: the run's folder is gone.
        """
        step = progress.step
        if self._is_there(step) or not all(p.isfinite().all() for p in self._learner.model.parameters()):
            return True
        try:
            self._check()
            path = self._record.insist(lambda: self._write(progress))
        except OSError as error:
            self._fail(step, error.strerror or str(error))
            return False
        self._saved, self._stamp, self._record.unsaved = step, stamp_at(path), ""
        relative = str(path.relative_to(self._folder.path))
        self._record(CheckpointSaved(time=time.time(), step=step, path=relative))
        return True

    def _is_there(self, step: int) -> bool:
        """Whether a step's checkpoint is on disk, as it was saved: a person may have removed it since."""
        if self._saved != step or self._stamp is None:
            return False
        return stamp_at(self._folder.checkpoint_at(step)) == self._stamp

    def _write(self, progress: Progress) -> Path:
        """Write a checkpoint after the events; once more if a folder was renamed or removed in that moment.

        The folder of the checkpoints isn't made again at once: `rm -rf` would find the run's not empty.
        """
        self._record.sync()
        check, model, optimizer = self._check, self._learner.model, self._learner.optimizer
        try:
            return save_checkpoint(self._folder, progress, model, optimizer, check)
        except FileNotFoundError:
            self._check()
            if not self._folder.checkpoints.exists():
                time.sleep(SETTLED_SECONDS)
                self._check()
                self._folder.checkpoints.mkdir(mode=0o700, exist_ok=True)
            return save_checkpoint(self._folder, progress, model, optimizer, check)

    def _check(self) -> None:
        """Find the run's folder again, before anything in it is touched."""
        self._record.check(now=True)

    def _fail(self, step: int, why: str) -> None:
        """Record, once, that nothing could be saved."""
        if not self.trouble:
            last = "none has been saved yet" if self._saved is None else "none is left"
            if self._folder.checkpoint_files():
                last = f"the last one is from step {newest_step(self._folder):,}"
            self._record.warn(step, f"can't save a checkpoint: {why}; {last}")
        self._record.unsaved = why
