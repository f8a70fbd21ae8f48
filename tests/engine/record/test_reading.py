"""A resume reads a run's events once, and that is enough whichever checkpoint turns out to be intact."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.facts import any_event, changed, evaluated, marked, started, stepped
from kit.trainings import save

from explorer.engine.record import recorded as resuming
from explorer.engine.record.recorded import Recorded, read_recorded
from explorer.engine.record.resume import Resumed, resume
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import LearningRateChanged
from explorer.runs.folder import RunFolder
from explorer.runs.history import History, read_history
from explorer.runs.reader import EventReader
from explorer.runs.writer import EventWriter

STEPS = 30


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of 30 steps, evaluated every 5, whose learning rate was changed three times; never ended."""
    folder = create_run(tmp_path, configure({"hidden": 4, "epochs": 9}), "one")
    events = [started(epochs=9), changed("training")]
    for step in range(1, STEPS + 1):
        events.append(stepped(step, loss=1 / step))
        if step % 5 == 0:
            events.append(evaluated(step))
        if step % 9 == 0:
            events += [LearningRateChanged(time=6.0, step=step, factor=float(step)), marked("chance", step)]
    writer = EventWriter(folder.events)
    for event in events:
        writer.write(event)
    writer.close()
    return folder


@pytest.fixture
def readings(monkeypatch) -> list[Path]:
    """Every events file that a reader has opened."""
    begun: list[Path] = []

    class Counted(EventReader):
        def __init__(self, path: Path) -> None:
            begun.append(path)
            super().__init__(path)

    monkeypatch.setattr(resuming, "EventReader", Counted)
    return begun


def test_one_reading_gives_the_history_and_everything_recorded_after_each_checkpoint(run, readings) -> None:
    for step in (10, 20, 25):
        save(run, step)
    resumed, history = resume(run, None)
    assert history == read_history(run.events)
    for step in (25, 20, 10):
        assert resumed.recorded_after(step) == read_recorded_alone(run, step)
    assert readings == [run.events]


def read_recorded_alone(run: RunFolder, step: int) -> Recorded:
    """What is recorded after this step, by reading the file for it alone."""
    recorded = Recorded(step)
    reader = EventReader(run.events)
    while chunk := reader.read():
        for event in chunk:
            recorded.add(event)
    return recorded


def test_nothing_before_the_oldest_checkpoint_is_kept(run) -> None:
    save(run, 20)
    kept = resume(run, None)[0].recorded_after(20)
    assert (min(kept.losses), max(kept.losses), kept.newest) == (21, STEPS, STEPS)
    assert kept.evaluations == {20, 25, 30}
    assert kept.factors == {27: 27.0}
    assert kept.marks == {(27, "chance")}


def test_if_every_checkpoint_is_damaged_everything_is_read_again(run, readings) -> None:
    for step in (20, 25):
        save(run, step)
    resumed, _ = resume(run, None)
    everything = resumed.recorded_after(0)
    assert sorted(everything.losses) == list(range(1, STEPS + 1))
    assert everything.factors == {9: 9.0, 18: 18.0, 27: 27.0}
    assert readings == [run.events, run.events]


def test_a_checkpoint_file_without_a_step_in_its_name_does_no_harm(run) -> None:
    (run.checkpoints / "step-newest.safetensors").touch()
    save(run, 20)
    assert resume(run, None)[0].recorded_after(20) == read_recorded_alone(run, 20)


def test_a_new_run_has_nothing_recorded(tmp_path: Path) -> None:
    folder = create_run(tmp_path, configure({"hidden": 4}), "new")
    resumed, history = resume(folder, None)
    assert history == History()
    assert resumed.recorded_after(0) == Recorded()


@given(st.lists(any_event, max_size=30), st.integers(0, 40), st.integers(0, 40))
def test_events_kept_from_an_early_step_give_those_after_any_later_step(events, first, later) -> None:
    first, later = sorted((first, later))
    early, late = Recorded(first), Recorded(later)
    for event in events:
        early.add(event)
        late.add(event)
    resumed = Resumed(None, early, Path("nowhere"))
    assert resumed.recorded_after(later) == late


def test_reading_again_gives_the_same_result(run) -> None:
    assert read_recorded(run.events, 12) == read_recorded_alone(run, 12)
