"""From where a run that diverged can be trained on, and with which learning rate, by its events alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from statistics import fmean
from typing import Final

from explorer.runs.history import History
from explorer.runs.limits import WINDOW, Limits
from explorer.runs.shape import DIGITS

JUDGED: Final = ("exploded", "chance", "recovered")
"""The marks that say whether something looks wrong."""


def last_good(history: History, saved: Iterable[int]) -> int:
    """The newest of some saved steps at which a run was still learning; 0: none but its start.

    The checkpoint written when a run diverges is never one: its weights read the same batch again, with the
    same result, whatever the rate. So the batch after a good one was read with a loss of at most 2 ln K, as
    were those before it on average, and nothing looked wrong there.

    Args:
        history: the run, with what it recorded up to its end.
        saved: the steps of its checkpoints.
    """
    limit = Limits.of(len((history.started.shape if history.started else DIGITS).classes)).exploded
    return next((step for step in sorted(saved, reverse=True) if _is_good(history, step, limit)), 0)


def lower_rate(history: History, lr: float, good: int) -> float:
    """The peak learning rate to resume a run with that diverged.

    The one that brought it to its last good step, if that is lower than the one with which it diverged; else
    half of the latter. Of six digits, as it is offered: a digit more, and the same rate could look lower.

    Args:
        history: the run, with what it recorded up to its end.
        lr: the peak rate of its plan.
        good: its last good step.
    """
    changed = max((step for step in history.factors if step < good), default=None)
    before = 1.0 if changed is None else history.factors[changed]
    brought, ruined = (float(f"{lr * factor:.6g}") for factor in (before, history.factor))
    return brought if brought < ruined else float(f"{ruined / 2:.6g}")


def _is_good(history: History, step: int, limit: float) -> bool:
    """Whether a run was learning at a step."""
    losses = history.train["loss"]
    after = bisect_left(losses.steps, step + 1)
    if after == len(losses) or losses.steps[after] != step + 1:
        return False
    before, following = losses.values[max(0, after - WINDOW) : after], losses.values[after]
    if not following <= limit or (before and not fmean(before) <= limit):  # NaN isn't, either
        return False
    said = (mark.kind for mark in reversed(history.marks) if mark.step <= step and mark.kind in JUDGED)
    return next(said, "recovered") == "recovered"
