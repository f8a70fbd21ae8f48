"""A run's entry in the list of runs, from the end of its events alone."""

from __future__ import annotations

import errno
import os

import pytest
from kit.facts import changed, evaluated, started, stepped
from kit.refusals import refusing

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.data_files import SequenceFile
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder, UnreadableError
from explorer.runs.lock import EngineLock
from explorer.runs.shape import Shape
from explorer.runs.summary import FURTHER, HEAD, TAIL, Unreadable, best_of_each_cell, summarise

STEPS = [stepped(step) for step in range(1, 400)]
"""More events than a summary reads."""


@pytest.fixture
def run(tmp_path):
    """A new run."""
    return create_run(tmp_path, configure({}), "one")


@pytest.fixture
def engine(run):
    """An engine's lock on the run."""
    lock = EngineLock(run.lock)
    yield lock
    lock.release()


def summary(run, *events, before=b"", after=b""):
    """The summary of a run with these events."""
    run.events.write_bytes(before + b"".join(encode(event) for event in events) + after)
    return summarise(run)


def test_the_newest_evaluation_and_the_end_of_a_long_run_are_found(run):
    seen = summary(run, started(), *STEPS, evaluated(399, epoch=2, accuracy=0.98), changed("finished"))
    assert run.events.stat().st_size > TAIL
    assert (seen.file.run, seen.state, seen.epoch, seen.accuracy) == ("one", "finished", 2, 0.98)


def test_the_newest_evaluation_is_found_before_a_matrix_of_a_hundred_classes(run):
    """Each of the two matrices has more bytes than the end of a run of ten classes that is read."""
    shape = Shape(1000, 512, tuple(f"the class number {index:02} by its long name" for index in range(100)))
    matrix = [[10_000 + row + column for column in range(100)] for row in range(100)]
    last = evaluated(399, epoch=2, accuracy=0.5, confusion=matrix)
    here = evaluated(399, whole=False, accuracy=0.4, confusion=matrix)
    assert len(encode(last)) > TAIL
    seen = summary(run, started(shape=shape), *STEPS, last, *STEPS[-50:], changed("stopped", evaluated=here))
    assert (seen.started.shape, seen.state, seen.accuracy) == (shape, "stopped", 0.4)
    assert summary(run, started(shape=shape), *STEPS, last, changed("finished")).accuracy == 0.5


def test_a_start_with_the_scaling_of_512_inputs_and_the_names_of_a_hundred_classes_is_within_the_head(run):
    shape = Shape(1000, 512, tuple(f"{index:02}" + "歩" * 38 for index in range(100)))
    numbers = tuple(float(f"-1.2345{index + 100}e-20") for index in range(512))
    begun = started(shape=shape, file=SequenceFile(1 << 40, "f" * 64, numbers, tuple(map(abs, numbers))))
    assert (1 << 14) < len(encode(begun)) < HEAD - 1000
    seen = summary(run, begun, *STEPS, changed("finished"))
    assert (seen.started, seen.steps) == (begun, 15)


def test_the_evaluation_of_a_stop_is_the_newest_and_says_that_it_is_of_a_part(run):
    here = evaluated(300, whole=False, samples=1000, accuracy=0.8)
    seen = summary(
        run, started(), evaluated(0, accuracy=0.1), *STEPS[:300], changed("stopped", evaluated=here)
    )
    assert (seen.accuracy, seen.samples, seen.whole) == (0.8, 1000, False)
    assert summary(run, evaluated(5)).whole


def test_a_run_with_an_engine_that_has_trained_long_is_training(run, engine):
    assert summary(run, started(), changed("training"), *STEPS).state == "training"


def test_a_paused_run_is_paused(run, engine):
    assert summary(run, changed("training"), *STEPS, changed("paused")).state == "paused"


def test_a_run_whose_engine_died_after_many_steps_is_lost(run):
    assert summary(run, started(), changed("training"), *STEPS).state == "lost"


def test_an_engine_that_has_recorded_nothing_yet_is_starting(run, engine):
    assert summarise(run).state == "starting"


def test_a_start_that_is_not_at_the_start_is_found_from_either_end(run):
    many = STEPS * 20
    for events in ([*STEPS, started(), *many], [*many, started(), *STEPS]):
        seen = summary(run, *events, changed("stopped"))
        assert run.events.stat().st_size > FURTHER
        assert (seen.started, seen.steps, seen.step) == (started(), summary(run, started()).steps, 399)
    assert summary(run, *many, started(), *many).started is None


def test_garbage_and_torn_lines_do_not_matter(run):
    seen = summary(run, evaluated(5), changed("stopped"), before=b"\xff" * TAIL + b"\n", after=b'\n{"event":')
    assert (seen.state, seen.accuracy) == ("stopped", 0.9)


def test_a_run_without_an_evaluation_has_no_accuracy(run):
    assert summary(run, started(), stepped(1)).accuracy is None


def test_a_cell_is_compared_by_a_run_of_it_that_holds_nothing(tmp_path):
    runs = {"plain": {}, "held": {"hold": "f=1"}, "gru": {"cell": "gru", "hold": "z=1"}}
    for name, options in runs.items():
        summary(create_run(tmp_path, configure(options), name), evaluated(5, accuracy=0.5 + len(name) / 10))
    for like in runs.values():
        best = best_of_each_cell(tmp_path, configure(like))
        assert {cell: one.folder.name for cell, one in best.items()} == {"lstm": "plain"}


def test_a_folder_that_is_not_a_run_has_no_summary(tmp_path):
    found = summarise(RunFolder(tmp_path))
    assert isinstance(found, Unreadable) and found.reason == "damaged"


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EACCES, errno.ESTALE])
def test_a_run_that_cannot_be_read_now_is_not_called_damaged(run, code):
    with refusing(run.path / "run.json", code):
        found = summarise(run)
        with pytest.raises(UnreadableError, match=rf"run.json now: {os.strerror(code)}; [^\n]+$"):
            run.read()
    assert isinstance(found, Unreadable) and found.reason == "can't be read now"
    assert not isinstance(summarise(run), Unreadable)
