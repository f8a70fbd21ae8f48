"""Detects that a training has gone wrong, even where its loss hides it.

With Adam, divergence seldom gives NaN: at learning rates of 0.1, 1 and 10 the loss stays finite (at
most 5, 31 and 469). With a sigmoid head it never exceeds 2.55. So three things are watched: numbers
that aren't finite, a loss that stays above 2 ln K (K classes), and an accuracy at chance.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from explorer.runs.events import StepTrained
from explorer.runs.limits import GRACE_STEPS, WINDOW, Limits


class Diverged(Exception):
    """The loss or the gradient is no longer finite; the weights are still those from before the step."""

    batch: StepTrained | UnsetType = UNSET
    """What was read of the batch."""


class Verdict(NamedTuple):
    """A change for the worse, or a recovery."""

    mark: Literal["exploded", "chance", "recovered"]
    """As in `events.Marked`."""
    message: str
    """One line for the user."""


class Memory(msgspec.Struct, frozen=True):
    """What `Health` remembers; kept in a checkpoint, so that a resumed training is judged as before."""

    losses: tuple[float, ...] = ()
    """Losses of the last steps, at most `WINDOW`."""
    accuracies: tuple[float, ...] = ()
    """Accuracies of the same steps."""
    best: float = 0.0
    """The highest mean accuracy of a window so far."""
    mark: Literal["exploded", "chance", "recovered"] = "recovered"
    """The last verdict."""


NOTHING = Memory()
"""The memory before the first step."""


class Health:
    """Watches the steps of one training."""

    def __init__(self, classes: int, memory: Memory = NOTHING) -> None:
        """Start with a clean record, or with an earlier memory."""
        self._limits = Limits.of(classes)
        self._losses = deque(memory.losses, maxlen=WINDOW)
        self._accuracies = deque(memory.accuracies, maxlen=WINDOW)
        self._best = memory.best
        self._mark = memory.mark

    @property
    def memory(self) -> Memory:
        """The memory as it is now."""
        return Memory(tuple(self._losses), tuple(self._accuracies), self._best, self._mark)

    def require_finite(self, step: int, loss: float, gradient_norm: float) -> None:
        """Stop a step that would poison every weight.

        Raises:
            Diverged: the loss or the gradient's norm is NaN or infinite.
        """
        for name, value in (("loss", loss), ("gradient", gradient_norm)):
            if not math.isfinite(value):
                raise Diverged(f"the {name} became {value} at step {step}; try a lower learning rate")

    def observe(self, step: int, loss: float, accuracy: float) -> Verdict | None:
        """Record one step; return a verdict if it changed."""
        self._losses.append(loss)
        self._accuracies.append(accuracy)
        if len(self._losses) < WINDOW:
            return None
        recent = sum(self._accuracies) / WINDOW
        self._best = max(self._best, recent)
        verdict = self._judge(step, recent)
        if verdict.mark == self._mark:
            return None
        self._mark = verdict.mark
        return verdict

    def _judge(self, step: int, recent: float) -> Verdict:
        """Judge the last steps."""
        limits = self._limits
        if sum(self._losses) / WINDOW > limits.exploded:
            return Verdict("exploded", f"the loss stays above {limits.exploded:.1f}: worse than guessing")
        if recent < limits.chance and (self._best > limits.learnt or step >= GRACE_STEPS):
            what = "fell back to" if self._best > limits.learnt else "is still at"
            return Verdict(
                "chance", f"the accuracy {what} chance ({recent:.0%} over the last {WINDOW} batches)"
            )
        return Verdict("recovered", "the training is learning again")
