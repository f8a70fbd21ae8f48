"""The peak learning rates with which a run was trained: the one asked for may have trained nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explorer.runs.events import AnyEvent, LearningRateChanged, StepTrained


class Rates(NamedTuple):
    """Peak learning rates, of the steps that count."""

    first: float
    """The one at the first step: as asked for, unless it was changed before that step."""
    newest: float
    """The one at the newest step, or for the next one, if it was changed since."""

    @property
    def words(self) -> str:
        """For a person: `0.004`, or `0.004 → 0.002` where it was changed on the way."""
        first, newest = f"{self.first:g}", f"{self.newest:g}"
        return newest if first == newest else f"{first} → {newest}"


def rates_of(lr: float, events: Iterable[AnyEvent]) -> Rates:
    """The peak learning rates of a run.

    Args:
        lr: what was asked for when it was made.
        events: those of both ends of its record. What was changed in between is known by a step that says its
            factors, which steps of versions before 0.2 don't.
    """
    first = newest = 1.0
    for event in events:
        match event:
            case LearningRateChanged():
                newest = event.factor
                first = first if event.step else newest
            case StepTrained() if event.factors:
                first, newest = event.factors
    return Rates(_product(lr, first), _product(lr, newest))


def _product(lr: float, factor: float) -> float:
    """A rate as it was typed: 50 times the factor of 0.003 is 0.003, and not a bit beside it."""
    return float(f"{lr * factor:.12g}")
