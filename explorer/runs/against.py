"""Runs beside each other: test accuracy against a baseline, and the options that differ, only those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from explorer.runs.option_words import Said, options
from explorer.runs.summary import Listed, Summary

_Options: TypeAlias = Mapping[str, Said]
"""A run's options, by their names; empty: nothing is known."""


class Row(NamedTuple):
    """One run."""

    run: Listed
    away: float | None
    """How far its test accuracy is from the baseline's, in percentage points; None: one isn't known."""
    alike: bool
    """Whether both were tested on as many samples: a part of the test set says less."""
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
        configured = [_options(run) for run in runs]
        differ = _differing(
            configured, [isinstance(run, Summary) and run.started is not None for run in runs]
        )
        baseline = accuracy_of(runs[0]) if runs else None
        return cls(
            differ,
            tuple(
                Row(
                    run,
                    _away(accuracy_of(run), baseline),
                    _samples(run) == _samples(runs[0]),
                    tuple(_shown(one, name) for name in differ),
                )
                for run, one in zip(runs, configured, strict=True)
            ),
        )


def _options(run: Listed) -> _Options:
    """A run's options in words; none where it can't be read."""
    return {one.name: one for one in options(run)} if isinstance(run, Summary) else {}


def _differing(configured: Sequence[_Options], started: Sequence[bool]) -> tuple[str, ...]:
    """The options of which something else was asked for, or which came to something else.

    What an automatic option comes to is known of a run that has started: one that waits for its turn in a
    race differs from another only in what was asked for.
    """
    known = [one for one in configured if one]
    resolved = [one for one, begun in zip(configured, started, strict=True) if one and begun]
    names = dict.fromkeys(chain.from_iterable(known))
    return tuple(
        name
        for name in names
        if len({one[name].asked if name in one else None for one in known}) > 1
        or len({_shown(one, name) for one in resolved}) > 1
    )


def _shown(run: _Options, name: str) -> str:
    """What a run has of an option, in words."""
    return run[name].shown if name in run else "–"


def accuracy_of(run: Listed) -> float | None:
    """A run's newest test accuracy, 0..1; None: it isn't known."""
    return run.accuracy if isinstance(run, Summary) else None


def _samples(run: Listed) -> int:
    """How many test samples its newest accuracy is of."""
    return run.samples if isinstance(run, Summary) else 0


def _away(accuracy: float | None, baseline: float | None) -> float | None:
    """How far an accuracy is from another, in percentage points."""
    return None if accuracy is None or baseline is None else 100 * (accuracy - baseline)
