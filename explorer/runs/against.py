"""Runs beside each other: test accuracy against a baseline, and the options that differ, only those."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from explorer.runs.option_words import options
from explorer.runs.summary import Listed, Summary


class Row(NamedTuple):
    """One run."""

    run: Listed
    away: float | None
    """How far its test accuracy is from the baseline's, in percentage points; None: one isn't known."""
    values: tuple[str, ...]
    """What it has of each option that differs; `–`: nothing."""


class Against(NamedTuple):
    """Runs against the first of them."""

    names: tuple[str, ...]
    """The options that differ, in the order of their table."""
    rows: tuple[Row, ...]
    """In the order of the runs; the first is the baseline."""

    @classmethod
    def of(cls, runs: Sequence[Listed]) -> Against:
        """Compare runs; of one that can't be read nothing is known, so it makes no option differ."""
        configured = [*map(_options, runs)]
        known = [one for one in configured if one]
        names = dict.fromkeys(chain.from_iterable(known))
        differ = tuple(name for name in names if len({one.get(name) for one in known}) > 1)
        baseline = accuracy_of(runs[0]) if runs else None
        return cls(
            differ,
            tuple(
                Row(run, _away(accuracy_of(run), baseline), tuple(one.get(name, "–") for name in differ))
                for run, one in zip(runs, configured, strict=True)
            ),
        )


def _options(run: Listed) -> dict[str, str]:
    """A run's options in words; none where it can't be read."""
    return dict(options(run.file.config, run.started)) if isinstance(run, Summary) else {}


def accuracy_of(run: Listed) -> float | None:
    """A run's newest test accuracy, 0..1; None: it isn't known."""
    return run.accuracy if isinstance(run, Summary) else None


def _away(accuracy: float | None, baseline: float | None) -> float | None:
    """How far an accuracy is from another, in percentage points."""
    return None if accuracy is None or baseline is None else 100 * (accuracy - baseline)
