"""Another learning rate, given where a run resumes; one that diverged goes back to a good checkpoint."""

from __future__ import annotations

import time
from typing import NamedTuple

from explorer.engine.record.recorded import Recorded
from explorer.engine.record.saved_steps import newest_step, saved_steps
from explorer.runs.events import LearningRateChanged, Rewound
from explorer.runs.folder import RunFile, RunFolder, step_of
from explorer.runs.history import History
from explorer.runs.last_good import last_good, lower_rate
from explorer.system.errors import GatescopeError


class Rate(NamedTuple):
    """Another learning rate, from a step on."""

    step: int
    factor: float
    """The schedule is multiplied by this."""
    rewinds: bool
    """Whether what was recorded after that step counts no more."""

    @property
    def events(self) -> list[Rewound | LearningRateChanged]:
        """What is recorded about it."""
        now = time.time()
        changed = LearningRateChanged(time=now, step=self.step, factor=self.factor)
        return [Rewound(time=now, step=self.step), changed] if self.rewinds else [changed]


def rate_of(
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
    good = last_good(history, saved_steps(folder))
    if lr is None or lr >= peak:
        at = history.refused.step if history.refused else history.steps_done + 1
        lower = lower_rate(history, run.config.lr, good)
        raise GatescopeError(
            f"run {folder.name} diverged at step {at:,}, and would again; `gatescope train --resume "
            f"{folder.name} --lr {lower:g}` goes on from step {good:,} with a lower rate"
        )
    return Rate(good, lr / run.config.lr, rewinds=True)


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
