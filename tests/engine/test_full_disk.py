"""A full disk: the training says so and waits; nothing is torn and nothing is lost."""

from __future__ import annotations

import io
import re
import resource
import shutil
import subprocess
from contextlib import redirect_stdout

import msgspec
import pytest
from kit.asking import activations_of, read
from kit.digits import tiny_config
from kit.engine_template import PATIENCE
from kit.trainings import on_record, require_same
from kit.viewers import ask, kill_engine, until

from explorer.commands import steer
from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.protocol.messages import Done, Stop
from explorer.runs.catalogue import create_run
from explorer.runs.events import MomentsDropped, StepTrained, Warned
from explorer.runs.folder import step_of
from explorer.runs.history import read_history
from explorer.runs.reader import EventReader, read_events
from explorer.runs.shape import DIGITS
from explorer.runs.snapshot import take_snapshot
from explorer.runs.summary import summarise
from explorer.system.errors import GatescopeError

pytestmark = pytest.mark.slow

ROOM = 22_000
"""Largest size of a file in bytes: some 70 events, but no checkpoint of these runs (25,000 bytes)."""


@pytest.fixture
def config(place):
    """40 epochs of 5 steps."""
    return tiny_config(place, hidden=10, epochs=40, seed=7)


@pytest.fixture
def whole(template, tmp_path, config):
    """The same training on a disk with enough room."""
    run = create_run(tmp_path / "roomy", config)
    template.start(run)
    ended(run)
    return run


def ended(run):
    """Wait until the engine has ended."""
    until(lambda: run.engine_pid() is None, PATIENCE)


def snapshot(run):
    """The run as a screen shows it."""
    return take_snapshot(run.read(), read_history(run.events), run.engine(), starting=False, bad_lines=0)


def waiting(run):
    """Whether the engine reports that it is waiting for room."""
    engine = run.engine()
    return engine is not None and engine.trouble


def require_whole(run, whole):
    """Everything is recorded, once and intact, with the same result as on a disk with room."""
    assert on_record(run) == on_record(whole)
    reader = EventReader(run.events)
    reader.read()
    assert reader.bad_lines == 0
    one, other = (newest_checkpoint(each, each.read().config, DIGITS) for each in (run, whole))
    assert one.checkpoint.progress.step == 200 and not one.damaged
    require_same(one.model.state_dict(), other.model.state_dict())


def lift(pid):
    """Lift the limit on the size of an engine's files."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class TestNoRoomForAFile:
    """A limit on the size of a file: the kernel enforces it like a full disk, and it can be lifted."""

    def test_it_reports_the_full_disk_answers_and_trains_on_by_itself_when_there_is_room(
        self, template, tmp_path, config, whole
    ):
        run = create_run(tmp_path / "runs", config)
        pid = template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        shown = snapshot(run)
        assert shown.live and "can't write events: File too large; the training waits" in shown.warning
        first = read(ask(run.socket, activations_of(3)))
        assert 20 < first.step < 100
        assert {read(ask(run.socket, activations_of(n))).step for n in range(5)} == {first.step}
        assert run.events.stat().st_size <= ROOM
        # The first checkpoint has no optimizer averages yet, so it still fits.
        assert newest_checkpoint(run, config, DIGITS).checkpoint.progress.step == 0
        lift(pid)
        ended(run)
        require_whole(run, whole)
        warned = [event for event in read_events(run.events) if isinstance(event, Warned)]
        assert [event.message for event in warned] == [
            "can't save a checkpoint: File too large; the last one is from step 0"
        ]
        assert read_history(run.events).warned is None  # a checkpoint has been saved since

    def test_stopped_meanwhile_it_reports_what_is_missing_and_a_resume_restores_it(
        self, template, tmp_path, config, whole
    ):
        run = create_run(tmp_path / "runs", config)
        template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        assert isinstance(ask(run.socket, Stop()), Done)
        ended(run)  # the lock is free; the process says goodbye to its viewers before it says why it ended
        until(lambda: "stopped, but can't write events: File too large" in run.log.read_text(), PATIENCE)
        assert "Traceback" not in run.log.read_text()
        assert snapshot(run).state == "lost"  # there was no room for its last event
        template.start(run)
        ended(run)
        require_steps_once(read_events(run.events))
        one, other = (newest_checkpoint(each, each.read().config, DIGITS) for each in (run, whole))
        require_same(one.model.state_dict(), other.model.state_dict())

    def test_every_command_says_that_nothing_can_be_saved(self, template, tmp_path, config):
        run = create_run(tmp_path / "runs", config)
        template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        seen = summarise(run)
        assert (seen.state, seen.words) == ("training", "training, can't save")
        assert seen.reason == "can't write events: File too large; the training waits until it can"
        step = snapshot(run).step
        said = re.fullmatch(
            r"run \S+: paused at step (\d+); nothing can be saved: File too large\n", call("pause", run)
        )
        assert said and int(said[1]) >= step  # the newest step may not be on record
        unsaved = "stopped, but the newest steps couldn't be saved (File too large)"
        with pytest.raises(GatescopeError) as failure:
            call("stop", run)
        last = f"{unsaved}; its newest checkpoint is from step 0"
        assert str(failure.value) == f"run {run.name} {last}"
        assert (summarise(run).state, summarise(run).reason) == ("lost", unsaved)
        template.start(run)
        ended(run)
        assert (summarise(run).state, summarise(run).reason) == ("finished", "")

    def test_an_engine_that_is_killed_while_it_waits_has_died(self, template, tmp_path, config):
        run = create_run(tmp_path / "runs", config)
        template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        kill_engine(run)
        ended(run)
        assert summarise(run).reason.startswith("the training process died at step")


def call(command, run):
    """What a command that steers a run prints.

    Raises:
        GatescopeError: it fails, with this line on stderr and exit code 1.
    """
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert {"pause": steer.pause, "stop": steer.stop}[command].callback(str(run.path), None) == 0
    return printed.getvalue()


def require_steps_once(events):
    steps = [event.step for event in events if isinstance(event, StepTrained)]
    assert steps == list(range(1, 201))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 KB with 100 KB free; removing `ballast` makes room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    (disk / "ballast").write_bytes(bytes(200_000))
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


class TestFullDisk:
    def test_a_training_whose_disk_fills_up_waits_and_ends_as_on_a_disk_with_room(
        self, template, small_disk, config, whole
    ):
        run = create_run(small_disk, config)
        template.start(run)
        until(lambda: waiting(run), PATIENCE)
        assert "No space left on device" in snapshot(run).warning
        saved = newest_checkpoint(run, config, DIGITS)
        assert not saved.damaged and saved.checkpoint.progress.step > 0
        dropped = [one for one in read_events(run.events) if isinstance(one, MomentsDropped)]
        assert dropped and run.moment_files() == []  # before anything else was refused
        (small_disk / "ballast").unlink()
        ended(run)
        require_whole(run, whole)
        offered = [step_of(path) for path in reversed(run.moment_files())]
        assert offered == sorted(read_history(run.events).moments) and offered[-1] == 200

    def test_a_run_that_finds_its_disk_full_waits_and_says_so_until_there_is_room(
        self, template, small_disk, config, whole
    ):
        run = create_run(small_disk, config)
        with open(small_disk / "more", "ab", buffering=0) as file:
            for size in (4096, 1):
                while True:
                    try:
                        file.write(bytes(size))
                    except OSError:
                        break
        template.start(run)
        until(lambda: waiting(run), PATIENCE)
        assert "No space left on device" in snapshot(run).warning
        assert run.events.stat().st_size == 0
        (small_disk / "more").unlink()
        (small_disk / "ballast").unlink()
        ended(run)
        require_whole(run, whole)


class TestNoRoomForACheckpoint:
    def test_the_training_runs_to_its_end_and_waits_there_until_its_weights_are_saved(
        self, template, tmp_path, config
    ):
        larger = msgspec.structs.replace(config, hidden=64)  # 300,000 bytes per checkpoint
        run = create_run(tmp_path / "runs", larger)
        pid = template.start(run, 250_000)
        until(lambda: snapshot(run).state == "paused", PATIENCE)
        shown = snapshot(run)
        assert shown.step == 200 and "can't save the last checkpoint: File too large" in shown.reason
        assert "can't save a checkpoint: File too large; the last one is from step 0" in shown.warning
        assert re.search("paused at step 200; nothing can be saved: File too large", call("pause", run))
        lift(pid)
        ended(run)
        assert snapshot(run).state == "finished" and snapshot(run).warning == ""
        require_steps_once(read_events(run.events))
        assert newest_checkpoint(run, larger, DIGITS).checkpoint.progress.step == 200

    def test_a_stop_says_why_the_newest_steps_are_not_saved_and_fails(self, template, tmp_path, config):
        larger = msgspec.structs.replace(config, hidden=64, epochs=10_000)
        run = create_run(tmp_path / "runs", larger)
        template.start(run, 250_000)
        until(lambda: snapshot(run).warning.startswith("can't save a checkpoint"), PATIENCE)
        with pytest.raises(GatescopeError) as failure:
            call("stop", run)
        why = r"the newest steps couldn't be saved \(File too large\) and will be recomputed"
        last = "its newest checkpoint is from step 0"
        assert re.fullmatch(rf"run \S+ stopped at step \d+, but {why}; {last}", str(failure.value))
