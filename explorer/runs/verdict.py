"""What is wrong with a training, from its events alone: each finding with its evidence."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from statistics import fmean, median, variance
from typing import Final, Literal, NamedTuple

from explorer.runs.history import History
from explorer.runs.last_good import last_good
from explorer.runs.limits import GRACE_STEPS, WINDOW, Limits, sigmoid_floor
from explorer.runs.shape import DIGITS

FindingKind = Literal["diverged", "exploding", "chance", "worse", "floor", "overfitting", "plateau"]

NEAR_FLOOR: Final = 0.1
"""A loss that has come down from guessing to the floor of a sigmoid head but for this share is at it: the
notebook's 1.53."""
RISEN: Final = 1.05
"""A test loss this many times its lowest has risen: of 10,000 samples it is known to some percent."""
WORSE: Final = 1.25
"""A test loss this many times its lowest, with batches read as much worse, is no noise: in ten
trainings of several epochs both rose by 1 % at most, in an RNN resumed with 12 times its rate by 30 %."""
SURE: Final = 3.0
"""Means of batches that differ by this many standard errors differ: batches of one sample scatter widely."""
STEEP: Final = 100.0
"""Gradients this many times those of the whole run explode."""
MASTERED: Final = 0.98
"""A share of the batches read correctly above which it is no matter that the loss stays where it is."""
MOST: Final = 4096
"""Values read of a long series, evenly spaced: of a million steps, a verdict takes 2 ms instead of 700."""
FLAT: Final = 0.01
"""A loss that falls by less than this share from one quarter of the run to the next stays where it is."""

_LOSS: Final = itemgetter(1)


class Finding(NamedTuple):
    """One thing that is wrong."""

    kind: FindingKind
    step: int
    """Since when, as far as is known; else the newest."""
    text: str
    """What, and by which evidence, in one line."""


def judge(history: History) -> list[Finding]:
    """What is wrong with a run, the worst first; empty: nothing, or there are too few steps to tell.

    A plateau is found only where nothing else explains it.
    """
    found = [finding for check in _CHECKS for finding in check(history)]
    return found or list(_plateau(history))


def _diverged(history: History) -> Iterator[Finding]:
    """A loss or a gradient that was no number any more."""
    if history.state != "diverged":
        return
    at = history.refused.step if history.refused else history.steps_done + 1
    norms = history.train["gradient_norm"]
    evidence = [history.reason.partition(";")[0] or f"at step {at:,}"]
    if len(norms):
        evidence.append(f"gradient norm before it {norms[len(norms) - 1]:.3g}")
    good = last_good(history, history.saved)
    evidence.append(f"last good checkpoint at step {good:,}" if good else "no good checkpoint")
    yield Finding("diverged", at, f"diverged: {'; '.join(evidence)}")


def _exploding(history: History) -> Iterator[Finding]:
    """A loss worse than guessing, or gradients far above those of the whole run."""
    losses, norms = (_newest(history, name) for name in ("loss", "gradient_norm"))
    limit = _limits(history).exploded
    if len(losses) == WINDOW and fmean(losses) > limit:
        said = f"loss {fmean(losses):.3g} over the last {WINDOW} batches; guessing costs {limit / 2:.3g}"
        yield Finding("exploding", history.steps_done, f"exploding: {said}")
        return
    if len(norms) < WINDOW:
        return
    usual = median(_finite(_spaced(history.train["gradient_norm"].values)) or [0.0])
    if median(norms) > STEEP * usual > 0:
        said = f"gradient norm {median(norms):.3g} over the last {WINDOW} batches, {usual:.3g} over the run"
        yield Finding("exploding", history.steps_done, f"exploding: {said}")


def _chance(history: History) -> Iterator[Finding]:
    """An accuracy at chance, after time enough to learn something."""
    shares = _newest(history, "accuracy")
    over = history.state == "finished"
    if len(shares) < WINDOW or not (over or history.steps_done >= GRACE_STEPS):
        return
    if fmean(shares) < _limits(history).chance:
        said = f"accuracy {_percent(fmean(shares))} over the last {WINDOW} batches"
        guessed = f"guessing among {_classes(history)} classes reads {_percent(1 / _classes(history))}"
        yield Finding("chance", history.steps_done, f"at chance: {said}; {guessed}")


def _worse(history: History) -> Iterator[Finding]:
    """A test loss far above its lowest, and batches that are read worse than there, still."""
    tested, now = _tested(history), _newest(history, "loss")
    at, lowest = min(tested, key=_LOSS, default=(0, math.inf))
    before = _losses_up_to(history, at)
    if min(len(before), len(now)) < WINDOW or tested[-1][1] <= WORSE * lowest:
        return
    if fmean(now) - fmean(before) > max((WORSE - 1) * fmean(before), SURE * _noise(before, now)):
        yield _rise("worse", tested, before, now)


def _floor(history: History) -> Iterator[Finding]:
    """A loss that can't fall any further, because the outputs are between 0 and 1."""
    config = history.started.config if history.started else None
    losses = _newest(history, "loss")
    if config is None or config.recipe.head != "sigmoid" or len(losses) < WINDOW:
        return
    classes = _classes(history)
    floor = sigmoid_floor(classes)
    if fmean(losses) - floor < NEAR_FLOOR * (math.log(classes) - floor):
        said = f"loss {fmean(losses):.3f} over the last {WINDOW} batches"
        least = f"outputs between 0 and 1 can't get below ln(e + {classes - 1}) − 1 = {floor:.3f}"
        yield Finding("floor", history.steps_done, f"at the floor of a sigmoid head: {said}; {least}")


def _overfitting(history: History) -> Iterator[Finding]:
    """A test loss that rises while that of the batches falls."""
    tested = _tested(history)
    if len(tested) < 3:
        return
    (at, lowest), (step, newest) = min(tested, key=_LOSS), tested[-1]
    if newest <= RISEN * lowest or tested[-2][0] <= at or tested[-2][1] <= lowest:
        return
    before, now = _losses_up_to(history, at), _losses_up_to(history, step)
    if before and now and fmean(now) < fmean(before):
        yield _rise("overfitting", tested, before, now)


def _plateau(history: History) -> Iterator[Finding]:
    """A loss that was the same over the last quarter of the steps as over the one before."""
    losses = history.train["loss"].values
    quarter = len(losses) // 4
    if history.steps_done < GRACE_STEPS or quarter < WINDOW:
        return
    parts = losses[-2 * quarter : -quarter], losses[-quarter:]
    before, now = (_finite(_spaced(part)) for part in parts)
    shares = _finite(_spaced(history.train["accuracy"].values[-quarter:]))
    if min(map(len, (before, now, shares))) < WINDOW or fmean(shares) > MASTERED:
        return
    fallen = fmean(before) - fmean(now)
    if fallen < max(FLAT * fmean(before), _noise(before, now)):
        since = history.steps_done - 2 * quarter
        read = f"{quarter:,}" if quarter <= MOST else f"{len(now):,} of {quarter:,}"
        said = f"mean loss {fmean(before):.3g}, then {fmean(now):.3g}, over {read} batches each"
        yield Finding("plateau", since, f"plateau since step {since:,}: {said}")


_CHECKS: Final[Sequence[Callable[[History], Iterator[Finding]]]] = (
    _diverged,
    _exploding,
    _chance,
    _worse,
    _floor,
    _overfitting,
)


def _newest(history: History, name: str) -> list[float]:
    """The finite ones among the newest values of a series."""
    return _finite(history.train[name].values[-WINDOW:])


def _losses_up_to(history: History, step: int) -> list[float]:
    """The finite losses of the newest batches up to a step."""
    losses = history.train["loss"]
    end = bisect_right(losses.steps, step)
    return _finite(losses.values[max(0, end - WINDOW) : end])


def _tested(history: History) -> list[tuple[int, float]]:
    """The finite losses of the whole test set, each after its step."""
    tested = history.test["loss"]
    known = zip(tested.steps, tested.values, strict=True)
    return [(int(step), loss) for step, loss in known if math.isfinite(loss)]


def _rise(
    kind: Literal["worse", "overfitting"],
    tested: Sequence[tuple[int, float]],
    before: Sequence[float],
    now: Sequence[float],
) -> Finding:
    """What it means that the test loss rose, with that of the batches at its lowest, and now."""
    (at, lowest), (step, newest) = min(tested, key=_LOSS), tested[-1]
    test = f"test loss {lowest:.3g} there, {newest:.3g} at step {step:,}"
    batches = f"loss of the batches {fmean(before):.3g}, then {fmean(now):.3g}"
    return Finding(kind, at, f"{kind} since step {at:,}: {test}; {batches}")


def _noise(some: Sequence[float], others: Sequence[float]) -> float:
    """The standard error of the difference between the means of some values and of others."""
    return math.sqrt(variance(some) / len(some) + variance(others) / len(others))


def _limits(history: History) -> Limits:
    """What counts as wrong for the run's number of classes."""
    return Limits.of(_classes(history))


def _classes(history: History) -> int:
    """How many classes the run tells apart."""
    return len((history.started.shape if history.started else DIGITS).classes)


def _spaced(values: array[float]) -> array[float]:
    """At most `MOST` of some values, evenly spaced, to the newest."""
    return values[:: -max(1, -(-len(values) // MOST))]


def _finite(values: Sequence[float]) -> list[float]:
    """Those that are finite."""
    return [value for value in values if math.isfinite(value)]


def _percent(share: float) -> str:
    """`97.5 %`."""
    return f"{100 * share:.3g} %"
