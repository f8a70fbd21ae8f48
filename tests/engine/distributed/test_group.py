"""A group of processes started by `torchrun` trains one model as a single process would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from kit.sequences import some, write
from kit.trainings import on_record
from kit.viewers import until

from explorer.engine.distributed.rank import ALONE, Rank
from explorer.runs.events import RunStarted, StateChanged, StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events
from explorer.system.errors import UsageError

PATIENCE = 120.0
"""Seconds that three processes importing torch may take on a busy machine."""
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def command(place: Path, *options: str, processes: int = 2) -> list[str]:
    """The command line of a training in one or two processes."""
    train = ["-m", "explorer", "train", "--runs-dir", str(place / "runs"), *options]
    return [sys.executable, *(TORCHRUN if processes > 1 else []), *train]


def flags(**options: object) -> list[str]:
    """Options of a new run."""
    given = {"hidden": 8, "threads": 1, "device": "cpu", "seed": 3} | options
    return [f"--{key.replace('_', '-')}={value}" for key, value in given.items()]


def new(place: Path, name: str, **options: object) -> list[str]:
    """Options of a new run over 20 samples, augmented differently in every epoch."""
    return [*flags(data_dir=place, name=name, **options), "--augment"]


def new_on_file(place: Path, name: str, **options: object) -> list[str]:
    """Options of a new run over 20 sequences of several lengths."""
    arrays, lengths = some(count=20), np.arange(20) % 5 + 1
    test = {"x_test": arrays["x"], "y_test": arrays["y"], "lengths_test": lengths}
    file = write(place / "some.npz", **arrays, lengths=lengths, **test)
    return flags(dataset=file, name=name, **options)


def run(place: Path, *options: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
    """Train to the end of the run."""
    line = command(place, *options, processes=processes)
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)


@contextmanager
def running(place: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A training in two processes that runs in the background."""
    pipe = subprocess.PIPE
    started = subprocess.Popen(command(place, *options), stdout=pipe, stderr=subprocess.STDOUT, text=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            for process in [*psutil.Process(started.pid).children(recursive=True), started]:
                process.kill()
        started.communicate()


def folder(place: Path, name: str) -> RunFolder:
    """The run of this name."""
    return RunFolder(place / "runs" / name)


def steps(place: Path, name: str) -> list[StepTrained]:
    """The steps a run has recorded."""
    events = read_events(folder(place, name).events)
    return [event for event in events if isinstance(event, StepTrained)]


def state(place: Path, name: str) -> StateChanged:
    """The last state a run has recorded."""
    events = read_events(folder(place, name).events)
    return [event for event in events if isinstance(event, StateChanged)][-1]


# 20 samples in batches of 7: shares of 4 and 3, then of 3 and 3. Of 19: 10 and 9, then 1 and none.
# The second holds its update gate: the other processes must hold it, too, and each parameter have a gradient.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "batch_size", "new", "held"), [("lstm", 7, new, {}), ("gru", 19, new_on_file, {"hold": "z=0.5"})]
)
def test_two_processes_follow_the_loss_curve_of_one(
    place: Path, cell: str, batch_size: int, new: Callable[..., list[str]], held: dict[str, str]
) -> None:
    for processes in (1, 2):
        name = f"{cell}-{processes}"
        options = new(place, name, cell=cell, batch_size=batch_size, epochs=5, **held)
        done = run(place, *options, processes=processes)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("run " + name) == 1
    one, two = (steps(place, f"{cell}-{processes}") for processes in (1, 2))
    assert [step.step for step in two] == [step.step for step in one]
    for ours, theirs in zip(two, one, strict=True):
        assert (ours.epoch, ours.learning_rate) == (theirs.epoch, theirs.learning_rate)
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-4)
        assert ours.gradient_norm == pytest.approx(theirs.gradient_norm, rel=1e-3)
        assert ours.accuracy == theirs.accuracy
    events = list(read_events(folder(place, f"{cell}-2").events))
    assert [event.processes for event in events if isinstance(event, RunStarted)] == [2]


@pytest.mark.slow
def test_two_processes_are_stopped_together_and_resume_to_the_same_bits(place: Path) -> None:
    whole = run(place, *new(place, "whole", epochs=120, batch_size=7))
    assert whole.returncode == 0, whole.stdout + whole.stderr
    with running(place, *new(place, "left", epochs=120, batch_size=7)) as started:
        until(lambda: started.poll() is not None or len(steps(place, "left")) > 20, PATIENCE)
        ending = [sys.executable, "-m", "explorer", "stop", "left", "--runs-dir", str(place / "runs")]
        subprocess.run(ending, check=True, capture_output=True, timeout=PATIENCE)
        assert started.wait(PATIENCE) != 0
    assert state(place, "left").state == "stopped"
    assert 20 < len(steps(place, "left")) < 360
    again = run(place, "--resume", "left")
    assert again.returncode == 0, again.stdout + again.stderr
    assert [fact for fact in on_record(folder(place, "left")) if fact["kind"] == "StepTrained"] == [
        fact for fact in on_record(folder(place, "whole")) if fact["kind"] == "StepTrained"
    ]


@pytest.mark.slow
def test_killing_one_rank_ends_the_group_with_one_line_and_loses_nothing(place: Path) -> None:
    with running(place, *new(place, "hurt", epochs=10_000, batch_size=7)) as started:
        until(lambda: started.poll() is not None or len(steps(place, "hurt")) > 20, PATIENCE)
        first = folder(place, "hurt").engine_pid()
        others = [child for child in psutil.Process(started.pid).children() if child.pid != first]
        others[0].kill()
        said = started.communicate(timeout=PATIENCE)[0]
        assert "gatescope: another process of this training is gone" in said
    last = state(place, "hurt")
    assert last.state == "failed" and "another process of this training is gone" in last.reason
    saved = folder(place, "hurt").checkpoint_files()[0]
    assert saved.stem == f"step-{len(steps(place, 'hurt')):08d}"


@pytest.mark.slow
def test_an_interrupt_ends_every_rank_with_everything_saved(place: Path) -> None:
    with running(place, *new(place, "cut", epochs=10_000, batch_size=7)) as started:
        until(lambda: started.poll() is not None or len(steps(place, "cut")) > 20, PATIENCE)
        processes = psutil.Process(started.pid).children(recursive=True)
        os.kill(started.pid, signal.SIGINT)
        started.communicate(timeout=PATIENCE)
        assert not any(process.is_running() for process in processes)
    assert state(place, "cut").state == "stopped"
    saved = folder(place, "cut").checkpoint_files()[0]
    assert saved.stem == f"step-{len(steps(place, 'cut')):08d}"


def test_a_process_takes_its_rank_from_torchrun_alone() -> None:
    said = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    assert Rank.read(said) == ALONE  # a cluster's own variables mean something else
    assert Rank.read(said | {"TORCHELASTIC_RUN_ID": "none"}) == Rank(5, 8, 1, 4)
    with pytest.raises(UsageError, match=r"RANK, WORLD_SIZE, .* as torchrun sets them"):
        Rank.read(said | {"TORCHELASTIC_RUN_ID": "none", "RANK": "x"})


def test_a_group_that_somebody_set_up_by_hand_is_joined_or_says_what_is_missing() -> None:
    meeting = {"MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500"}
    some = {"RANK": "0", "WORLD_SIZE": "2"}
    with pytest.raises(UsageError, match=r"^LOCAL_RANK, LOCAL_WORLD_SIZE are missing; torchrun sets"):
        Rank.read(meeting | some)
    with pytest.raises(UsageError, match=r"^LOCAL_WORLD_SIZE is missing"):
        Rank.read(meeting | some | {"LOCAL_RANK": "0"})
    local = {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
    assert Rank.read(meeting | some | local) == Rank(0, 2, 0, 1)
    assert Rank.read(meeting | some | {"WORLD_SIZE": "1"}) == ALONE
    assert Rank.read(some) == Rank.read(meeting) == ALONE
