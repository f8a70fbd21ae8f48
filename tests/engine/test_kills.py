"""`kill -9`, fifty times: nothing is lost and the result is the same."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress

import pytest
from kit.digits import tiny_config
from kit.engine_template import PATIENCE
from kit.trainings import on_record, require_same
from kit.viewers import until

from explorer.engine.record.checkpoints import KEPT, newest_checkpoint
from explorer.engine.record.moments import model_at
from explorer.runs.catalogue import create_run
from explorer.runs.events import StepTrained
from explorer.runs.folder import step_of
from explorer.runs.history import read_history
from explorer.runs.reader import EventReader, read_events
from explorer.runs.shape import DIGITS

pytestmark = pytest.mark.slow

KILLS = 50
LONGEST = 0.15
"""Longest random wait before a kill, in seconds: some 20 steps, or 4 checkpoints."""


@pytest.fixture
def new_run(place, tmp_path):
    """Makes runs of 200 epochs of 5 steps, with everything that is random."""
    config = tiny_config(place, epochs=200, augment=True, seed=7)
    return lambda: create_run(tmp_path / "runs", config)


def live(template, run, chance=None):
    """Run one engine to its end or, with `chance`, to a random kill; whether the run is unfinished."""
    before = size(run)
    pid = template.start(run)
    if chance is not None:
        written = 2000 if chance.random() < 0.8 else 0  # by then it has recorded a start and some steps
        until(lambda: size(run) >= before + written or run.engine_pid() != pid, PATIENCE)
        time.sleep(chance.uniform(0, LONGEST))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: run.engine_pid() != pid, PATIENCE)
    return not is_finished(run)


def size(run):
    """Size of the run's events in bytes."""
    return run.events.stat().st_size if run.events.exists() else 0


def is_finished(run):
    return b'"state":"finished"' in run.events.read_bytes()


def test_an_engine_that_is_killed_repeatedly_ends_with_the_same_bits(template, new_run):
    whole = new_run()
    live(template, whole)
    assert is_finished(whole), whole.log.read_text()
    wanted, weights, kept = on_record(whole), *weights_of(whole)
    assert len(wanted) > 1000
    chance = random.Random(20261124)
    kills, behind, run = 0, 0, new_run()
    while kills < KILLS or not is_finished(run):
        kills += live(template, run, chance if kills < KILLS else None)
        newest = newest_checkpoint(run, run.read().config, DIGITS)
        saved = newest.checkpoint.progress.step
        assert not newest.damaged
        assert len(run.checkpoint_files()) <= KEPT + 1  # killed between saving one and deleting another
        steps = [event.step for event in read_events(run.events) if isinstance(event, StepTrained)]
        assert steps == list(range(1, len(steps) + 1)) and saved <= len(steps)
        behind += saved < len(steps)
        if is_finished(run):
            require_end(run, wanted, weights, kept)
            run = new_run() if kills < KILLS else run
    require_end(run, wanted, weights, kept)
    assert behind > KILLS // 5  # there were steps to recompute often enough


def weights_of(run):
    """The weights of a run at its end, and those of each step that was kept."""
    config, steps = run.read().config, [step_of(path) for path in run.moment_files()]
    kept = {step: model_at(run, config, DIGITS, step).state_dict() for step in steps}
    return newest_checkpoint(run, config, DIGITS).model.state_dict(), kept


def require_end(run, wanted, weights, kept):
    """The run ended exactly as it would have undisturbed."""
    assert on_record(run) == wanted
    ended, others = weights_of(run)
    require_same(ended, weights)
    assert others.keys() == kept.keys() == read_history(run.events).moments and len(kept) == 3 + 200
    for step, other in others.items():
        require_same(other, kept[step])
    reader = EventReader(run.events)
    reader.read()
    assert reader.bad_lines <= KILLS  # a torn line is recorded again
    folders = (run.checkpoints, run.moments)
    assert [path for folder in folders for path in folder.iterdir() if path.name.startswith(".")] == []
