"""A run that diverged goes on from its last good checkpoint with a lower rate, by the real engine."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import msgspec
import pytest
from kit.digits import tiny_files, write_files
from kit.trainings import one_thread, require_same

from explorer.engine import lifecycle
from explorer.engine.data.sources import SOURCES
from explorer.engine.record.checkpoints import newest_model
from explorer.runs.against import Against
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import Event, LearningRateChanged, Rewound, RunStarted, State, StepTrained
from explorer.runs.filter import parse_filter
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.reader import read_events
from explorer.runs.shape import DIGITS
from explorer.runs.summary import HEAD, MATRIX, TAIL, Summary, summarise
from explorer.system.errors import GatescopeError
from explorer.ui.screens.run_details import facts

STOPPED = 6


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A new run of 400 steps."""
    write_files(tmp_path / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=1600, test=10))
    options = {"cell": "rnn", "hidden": 4, "batch_size": 4, "epochs": 1, "device": "cpu", "threads": 1}
    return create_run(tmp_path, configure(options | {"data_dir": str(tmp_path)}), "one")


@one_thread()
def train(run: RunFolder, lr: float | None = None, until: int = 0) -> tuple[State, list[Event]]:
    """Train a run to its end, or up to a step; how it ended, and its new events."""
    recorded: list[Event] = []

    def sink(event: Event) -> None:
        recorded.append(event)
        if isinstance(event, StepTrained) and event.step == until:
            os.kill(os.getpid(), signal.SIGINT)

    return lifecycle.train(run, sink, lr=lr), recorded


def of(kind: type, events: list[Event]) -> list[Event]:
    """Return the events of a kind."""
    return [event for event in events if isinstance(event, kind)]


def losses(run: RunFolder) -> dict[int, float]:
    """Return the loss of each step, as a viewer reads it."""
    loss = read_history(run.events, exact=True).train["loss"]
    return dict(zip(map(int, loss.steps), loss.values, strict=True))


def diverged(run: RunFolder) -> None:
    """Have a run stopped after `STOPPED` steps, and diverge with a rate of 100 after that."""
    assert train(run, until=STOPPED)[0] == "stopped"
    shutil.copytree(run.path, run.path.with_name("two"))
    assert train(run, lr=100)[0] == "diverged"


def test_it_is_trained_on_as_if_it_had_never_diverged(run: RunFolder) -> None:
    diverged(run)
    lines, bad = len([*read_events(run.events)]), read_history(run.events).steps_done
    assert bad > STOPPED + 1
    state, recorded = train(run, lr=0.001)
    assert state == "finished"
    assert [event.step for event in of(Rewound, recorded)] == [STOPPED]  # type: ignore[attr-defined]
    assert [(event.step, event.factor) for event in of(LearningRateChanged, recorded)] == [  # type: ignore[attr-defined]
        (STOPPED, pytest.approx(0.001 / 0.004))
    ]
    assert [event.step for event in of(RunStarted, recorded)] == [STOPPED]  # type: ignore[attr-defined]
    assert [event.step for event in of(StepTrained, recorded)] == [*range(STOPPED + 1, 401)]  # type: ignore[attr-defined]
    assert len([*read_events(run.events)]) == lines + len(recorded)  # what was recorded before stays

    other = RunFolder(run.path.with_name("two"))
    assert train(other, lr=0.001)[0] == "finished"
    assert losses(run) == losses(other)
    one, two = (newest_model(folder, folder.read().config, DIGITS)[0] for folder in (run, other))
    require_same(one.state_dict(), two.state_dict())


def test_without_a_lower_rate_it_would_diverge_again_and_says_from_where_it_can_go_on(run: RunFolder) -> None:
    diverged(run)
    before = run.events.read_bytes()
    for lr in (None, 100):
        with pytest.raises(GatescopeError, match=f"--resume one --lr 0.004` goes on from step {STOPPED} "):
            train(run, lr=lr)
    assert run.events.read_bytes() == before
    assert train(run, lr=0.004, until=STOPPED + 2)[0] == "stopped"  # as it was trained up to there


def test_a_resume_that_is_stopped_again_goes_on_with_the_lower_rate(run: RunFolder) -> None:
    diverged(run)
    assert train(run, lr=0.001, until=STOPPED + 5)[0] == "stopped"
    saved = [path.name for path in run.checkpoint_files()]
    assert saved[0] == f"step-{STOPPED + 5:08}.safetensors"
    assert [path.suffix for path in run.checkpoints.iterdir()].count(".diverged") == 1
    state, recorded = train(run, until=STOPPED + 9)
    rates = [event.learning_rate for event in of(StepTrained, recorded)]  # type: ignore[attr-defined]
    assert state == "stopped" and max(rates) <= 0.001
    assert len(rates) == 4 and not of(Rewound, recorded)


def test_one_that_was_killed_before_its_next_checkpoint_computes_the_new_steps_again(run: RunFolder) -> None:
    diverged(run)
    train(run, lr=0.001, until=STOPPED + 5)
    wanted = losses(run)
    (run.checkpoint_at(STOPPED + 5)).unlink()
    _, recorded = train(run, until=STOPPED + 9)
    assert "was recomputed with a different result" not in str(recorded)
    assert [event.step for event in of(StepTrained, recorded)] == [*range(STOPPED + 6, STOPPED + 10)]  # type: ignore[attr-defined]
    assert {step: losses(run)[step] for step in wanted} == wanted


def test_without_a_good_checkpoint_it_starts_again(run: RunFolder) -> None:
    assert train(run, lr=100)[0] == "diverged"
    first = losses(run)[1]
    state, recorded = train(run, lr=0.001, until=3)
    assert state == "stopped"
    assert [event.step for event in of(Rewound, recorded)] == [0]  # type: ignore[attr-defined]
    assert list(losses(run)) == [1, 2, 3] and losses(run)[1] == first  # the same weights, the same batch


def test_another_rate_changes_a_run_that_did_not_diverge_where_its_record_ends(run: RunFolder) -> None:
    train(run, until=STOPPED)
    run.checkpoint_at(STOPPED).unlink()
    _, recorded = train(run, lr=0.002, until=STOPPED + 2)
    assert [event.step for event in of(LearningRateChanged, recorded)] == [STOPPED]  # type: ignore[attr-defined]
    assert [event.step for event in of(StepTrained, recorded)] == [STOPPED + 1, STOPPED + 2]  # type: ignore[attr-defined]
    assert not of(Rewound, recorded) and "different result" not in str(recorded)


def shown(run: RunFolder) -> Summary:
    """Return the run as it is listed."""
    seen = summarise(run)
    assert isinstance(seen, Summary)
    return seen


def test_lists_say_the_rate_that_trained_it_and_not_the_one_that_diverged(run: RunFolder) -> None:
    asked = create_run(run.path.parent, run.read().config, "other")
    begun = create_run(run.path.parent, msgspec.structs.replace(run.read().config, lr=100), "hot")
    assert train(begun)[0] == "diverged"
    assert dict(facts(shown(begun), ""))["lr"] == "100"
    assert train(begun, lr=0.004)[0] == "finished"
    assert dict(facts(shown(begun), ""))["lr"] == "0.004"
    assert parse_filter("lr=0.004")(shown(begun)) and not parse_filter("lr>0.004")(shown(begun))
    assert "lr" not in Against.of([shown(begun), shown(asked)]).names


def test_lists_say_a_rate_given_in_the_middle_of_a_long_record(run: RunFolder) -> None:
    assert train(run, until=200)[0] == "stopped"
    assert train(run, lr=0.002)[0] == "finished"
    lines, at = run.events.read_bytes(), run.events.read_bytes().index(b'"LearningRateChanged"')
    assert HEAD < at < len(lines) - TAIL - 100 * MATRIX  # neither end has it
    assert dict(facts(shown(run), ""))["lr"] == "0.004 → 0.002"
    assert parse_filter("lr<0.003")(shown(run)) and not parse_filter("lr:0.004")(shown(run))
