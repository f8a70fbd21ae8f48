"""Keeping the weights of a training as it goes, without ever being in its way."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

from explorer.engine.record.moment_plan import MomentPlan
from explorer.engine.record.moments import save_moment
from explorer.engine.record.recorder import Recorder
from explorer.runs.config import Config
from explorer.runs.events import MomentKept, MomentsDropped
from explorer.runs.folder import RunFolder, step_of
from explorer.system.files import remove_temporaries
from models.classifier import SequenceClassifier

MEGABYTE: Final = 1_000_000
"""The unit of `--keep-moments`, in bytes."""
BESIDES: Final = 1 << 13
"""Bytes of a moment besides its tensors: a header of 1 KB, and the rest of its last block on the disk."""


class MomentKeeper:
    """Keeps the weights of one training.

    What can't be written, on a full disk or in a folder without permission, isn't kept, and nothing is said
    about it: whoever asks for it is told which steps there are.
    """

    def __init__(
        self,
        folder: RunFolder,
        model: SequenceClassifier,
        config: Config,
        steps_per_epoch: int,
        record: Recorder,
    ) -> None:
        """Prepare to keep the weights of `model`, in a run's folder; nothing is touched yet."""
        self._folder = folder
        self._model = model
        self._config = config
        self._steps_per_epoch = steps_per_epoch
        self._record = record
        self._step = 0
        size = BESIDES + 4 * sum(parameter.numel() for parameter in model.parameters())
        self._plan = self._plan_for(config.keep_moments * MEGABYTE // size)

    def begin(self, step: int) -> None:
        """Before the training goes on from a step: remove the moments after it, which will be trained again.

        From now on, moments also go when the disk is full, before anything else is refused.

        Raises:
            FolderGone: the run's folder is gone.
        """
        self._step = step
        self._record.make_room = self.make_room
        self._check()
        moments = self._folder.moments
        with suppress(OSError):
            if moments.is_symlink():
                return
            for path in self._folder.moment_files():
                if (step_of(path) or 0) > step:
                    path.unlink()
            remove_temporaries(moments)
        # Not made again if it goes later: `rm -rf` would find the run's folder not empty.
        with suppress(OSError):
            if self._config.keep_moments:
                moments.mkdir(mode=0o700, exist_ok=True)

    def keep(self, step: int) -> None:
        """Keep the weights as they are after this step, if it is one of those worth keeping.

        Raises:
            FolderGone: the run's folder is gone.
        """
        self._step = step
        if not self._plan.keeps(step, step):
            return
        self._check()
        try:
            self._drop_all_but(self._plan)
            path = save_moment(self._folder, step, self._config, self._model, self._check)
        except OSError:
            return
        relative = str(path.relative_to(self._folder.path))
        self._record(MomentKept(time=time.time(), step=step, path=relative))

    def make_room(self) -> bool:
        """On a full disk: drop half of the moments, as evenly as a smaller limit would; whether any went.

        The caller sees to it that the folder is still the run's.
        """
        try:
            return self._drop_all_but(self._plan_for(len(self._folder.moment_files()) // 2))
        except OSError:
            return False

    def _check(self) -> None:
        """Find the run's folder again, before anything in it is touched."""
        self._record.check(now=True)

    def _plan_for(self, room: int) -> MomentPlan:
        """What is kept if so many moments fit."""
        return MomentPlan(room, self._steps_per_epoch, self._steps_per_epoch * self._config.epochs)

    def _drop_all_but(self, plan: MomentPlan) -> bool:
        """Remove the moments that a plan doesn't keep by now; whether there were any."""
        dropped: list[int] = []
        for path in reversed(self._folder.moment_files()):
            step = step_of(path)
            if step is not None and not plan.keeps(step, self._step):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                    dropped.append(step)
        if dropped:
            self._record(MomentsDropped(time=time.time(), steps=dropped))
        return bool(dropped)
