"""The learning rates that a list says of a run: those that trained it, whatever was asked for first."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.facts import changed, started, stepped

from explorer.runs.against import Against
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import FACTORS_EVERY, AnyEvent, LearningRateChanged, Rewound, encode
from explorer.runs.filter import parse_filter
from explorer.runs.summary import HEAD, TAIL, Summary, summarise
from explorer.ui.screens.run_details import facts

LONG = 700
"""Steps of a run of which neither end has the middle."""


def listed(place: Path, events: list[AnyEvent], lr: float) -> Summary:
    """Return a run as it is listed, of which this was asked for and this happened."""
    run = create_run(place, configure({"lr": lr}), f"run-{len([*place.iterdir()])}")
    run.events.write_bytes(b"".join(map(encode, events)))
    seen = summarise(run)
    assert isinstance(seen, Summary)
    return seen


def steps(first: int, last: int, factors: tuple[float, float] | None = None) -> list[AnyEvent]:
    """Return steps, as an engine records them; None: one that doesn't say its factors."""
    said = [{"factors": factors} if factors and not step % FACTORS_EVERY else {} for step in range(last + 1)]
    return [stepped(step, **said[step]) for step in range(first, last + 1)]


def scaled(step: int, factor: float) -> LearningRateChanged:
    """Return a change of the rate."""
    return LearningRateChanged(time=1.0, step=step, factor=factor)


def said(run: Summary) -> tuple[str, list[str]]:
    """Return what the details say of the rate, and which of some rates the filter takes for the run's."""
    details = dict(facts(run, ""))["lr"]
    return details, [rate for rate in ("0.003", "0.006", "0.012", "50") if parse_filter(f"lr={rate}")(run)]


def test_changes_in_the_middle_of_a_long_record_are_known_by_the_steps_after_them(tmp_path: Path) -> None:
    events = [
        started(),
        *steps(1, 350, (1, 1)),
        scaled(350, 2),
        *steps(351, LONG, (1, 2)),
        changed("diverged"),
        changed("preparing"),
    ]
    before = b"".join(map(encode, events[:351]))
    assert len(before) > HEAD and len(b"".join(map(encode, events[352:]))) > TAIL + 1200
    assert said(listed(tmp_path, events, 0.006)) == ("0.006 → 0.012", ["0.012"])
    back = [*events[:350], scaled(349, 7), scaled(350, 1), *steps(351, LONG, (1, 1))]
    assert said(listed(tmp_path, back, 0.006)) == ("0.006", ["0.006"])


def test_a_rate_that_trained_nothing_of_what_counts_is_not_said(tmp_path: Path) -> None:
    factor = 0.003 / 50
    again = [Rewound(time=1.0, step=0), scaled(0, factor)]
    events = [started(), *steps(1, 300, (1, 1)), changed("diverged"), *again]
    assert said(listed(tmp_path, events, 50)) == ("0.003", ["0.003"])
    events += [*steps(1, 300, (factor, factor)), scaled(300, factor * 2)]
    assert said(listed(tmp_path, events, 50)) == ("0.003 → 0.006", ["0.006"])
    events += [*steps(301, LONG, (factor, factor * 2)), changed("finished")]
    assert said(listed(tmp_path, events, 50)) == ("0.003 → 0.006", ["0.006"])


@pytest.mark.parametrize("lr", [0.006, 50])
def test_without_a_change_it_is_what_was_asked_for(tmp_path: Path, lr: float) -> None:
    for events in ([], [started(), *steps(1, LONG, (1, 1))], [started(), *steps(1, LONG)]):
        assert said(listed(tmp_path, events, lr)) == (f"{lr:g}", [f"{lr:g}"])


def test_runs_differ_in_the_rates_that_trained_them_alone(tmp_path: Path) -> None:
    lowered = [started(), *steps(1, 5), Rewound(time=1.0, step=0), scaled(0, 0.003 / 50), *steps(1, 9)]
    one, other = listed(tmp_path, lowered, 50), listed(tmp_path, [started()], 0.003)
    assert Against.of([one, other]).names == ()
    found = Against.of([one, listed(tmp_path, [started(), scaled(4, 0.5)], 0.006)])
    assert (found.names, [row.values for row in found.rows]) == (("lr",), [("0.003",), ("0.006 → 0.003",)])
