"""A disk that takes nothing more: the training says so and waits, nothing is torn, and nothing is lost."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys

import msgspec
import pytest
from kit.digits import tiny_config
from kit.engine_template import PATIENCE
from kit.trainings import require_same, told
from kit.viewers import ask, until

from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.protocol.messages import Done, Probe, Probed, Stop
from explorer.runs.catalogue import create_run
from explorer.runs.events import StepTrained, Warned
from explorer.runs.history import read_history
from explorer.runs.reader import EventReader, read_events
from explorer.runs.snapshot import take_snapshot

pytestmark = pytest.mark.slow

ROOM = 20_000
"""Bytes that a file may have: some 80 events, and no checkpoint of these runs, which have 25,000."""


@pytest.fixture
def config(place):
    """40 epochs of five steps."""
    return tiny_config(place, hidden=10, epochs=40, seed=7)


@pytest.fixture
def whole(template, tmp_path, config):
    """The same training on a disk with room."""
    run = create_run(tmp_path / "roomy", config)
    template.start(run)
    ended(run)
    return run


def ended(run):
    """Wait for an engine's end."""
    until(lambda: run.engine_pid() is None, PATIENCE)


def view(run):
    """What a screen shows."""
    return take_snapshot(run.read(), read_history(run.events), run.engine(), starting=False, bad_lines=0)


def waiting(run):
    """Whether the engine says that it waits for room."""
    engine = run.engine()
    return engine is not None and engine.trouble


def require_whole(run, whole):
    """Everything is there, once and unbroken, and ended as on a disk with room."""
    assert told(run) == told(whole)
    reader = EventReader(run.events)
    reader.read()
    assert reader.bad_lines == 0
    one, other = (newest_checkpoint(each, each.read().config) for each in (run, whole))
    assert one.checkpoint.progress.step == 200 and not one.damaged
    require_same(one.model.state_dict(), other.model.state_dict())


def lift(pid):
    """Give an engine's files all the room that they want."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class TestNoRoomForAFile:
    """A limit on the size of a file, which the kernel enforces as a full disk, and which can be lifted."""

    def test_it_says_so_answers_and_goes_on_by_itself_when_there_is_room(
        self, template, tmp_path, config, whole
    ):
        run = create_run(tmp_path / "runs", config)
        pid = template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        shown = view(run)
        assert shown.live and "cannot write events: File too large; the training waits" in shown.warning
        first = ask(run.socket, Probe(3))
        assert isinstance(first, Probed) and 30 < first.step < 100
        assert {ask(run.socket, Probe(n)).step for n in range(5)} == {first.step}
        assert run.events.stat().st_size <= ROOM
        assert newest_checkpoint(run, config).checkpoint.progress.step == 0  # without averages it still fits
        lift(pid)
        ended(run)
        require_whole(run, whole)
        warned = [event for event in read_events(run.events) if isinstance(event, Warned)]
        assert [event.message for event in warned] == [
            "cannot save a checkpoint: File too large; the last one is from step 0"
        ]
        assert read_history(run.events).warned is None  # a checkpoint was saved since

    def test_stopped_meanwhile_it_says_what_is_missing_and_resuming_brings_it_back(
        self, template, tmp_path, config, whole
    ):
        run = create_run(tmp_path / "runs", config)
        template.start(run, ROOM)
        until(lambda: waiting(run), PATIENCE)
        assert isinstance(ask(run.socket, Stop()), Done)
        ended(run)
        assert "stopped, but cannot write events: File too large" in run.log.read_text()
        assert "Traceback" not in run.log.read_text()
        assert view(run).state == "lost"  # there was no room for the last word
        template.start(run)
        ended(run)
        require_steps_once(read_events(run.events))
        one, other = (newest_checkpoint(each, each.read().config) for each in (run, whole))
        require_same(one.model.state_dict(), other.model.state_dict())


def require_steps_once(events):
    steps = [event.step for event in events if isinstance(event, StepTrained)]
    assert steps == list(range(1, 201))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 KB, filled but for 100 KB; removing `ballast` makes room."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    (place / "ballast").write_bytes(bytes(200_000))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


class TestFullDisk:
    def test_a_training_on_a_disk_that_fills_up_waits_and_ends_as_on_a_roomy_one(
        self, template, small_disk, config, whole
    ):
        run = create_run(small_disk, config)
        template.start(run)
        until(lambda: waiting(run), PATIENCE)
        assert "No space left on device" in view(run).warning
        saved = newest_checkpoint(run, config)
        assert not saved.damaged and saved.checkpoint.progress.step > 0
        (small_disk / "ballast").unlink()
        ended(run)
        require_whole(run, whole)

    def test_a_run_that_is_started_on_a_full_disk_fails_in_one_line(self, small_disk, config):
        run = create_run(small_disk, config)
        (small_disk / "more").write_bytes(b"")
        with open(small_disk / "more", "ab", buffering=0) as file:
            for size in (4096, 1):
                while True:
                    try:
                        file.write(bytes(size))
                    except OSError:
                        break
        command = [sys.executable, "-m", "explorer", "engine", str(run.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "No space left on device" in done.stderr


class TestNoRoomForACheckpoint:
    def test_the_training_goes_on_to_its_end_and_waits_there_until_its_weights_are_safe(
        self, template, tmp_path, config
    ):
        larger = msgspec.structs.replace(config, hidden=64)  # 300,000 bytes a checkpoint
        run = create_run(tmp_path / "runs", larger)
        pid = template.start(run, 250_000)
        until(lambda: view(run).state == "paused", PATIENCE)
        shown = view(run)
        assert shown.step == 200 and "cannot save the last checkpoint: File too large" in shown.reason
        assert "cannot save a checkpoint: File too large; the last one is from step 0" in shown.warning
        lift(pid)
        ended(run)
        assert view(run).state == "finished" and view(run).warning == ""
        require_steps_once(read_events(run.events))
        assert newest_checkpoint(run, larger).checkpoint.progress.step == 200
