"""Faults during a training, each one really provoked: nothing is lost and nothing is left behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket as sockets
import stat
import struct
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from kit.asking import activations_of, read
from kit.digits import tiny_config
from kit.engine_template import PATIENCE, steps
from kit.trainings import first_digits, on_record, require_same, resume_training, train
from kit.viewers import ask, is_alive, kill_engine, raw, until

from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.protocol.messages import Done, FindSample, Pause, ScaleLearningRate, pack
from explorer.runs.catalogue import create_run
from explorer.runs.events import StateChanged
from explorer.runs.history import read_history
from explorer.runs.reader import read_events
from explorer.runs.shape import DIGITS

pytestmark = pytest.mark.slow


@pytest.fixture
def run(place):
    """A run that would take hours."""
    run = create_run(place / "runs", tiny_config(place, epochs=10_000))
    yield run
    kill_engine(run)  # otherwise it would slow the next test


def states(run):
    return [event.state for event in read_events(run.events) if isinstance(event, StateChanged)]


class TestSignals:
    @pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
    def test_it_ends_between_two_steps_with_the_last_one_saved(self, template, run, number):
        pid = template.train(run)
        os.kill(pid, getattr(signal, number))
        until(lambda: not is_alive(pid), PATIENCE)
        assert states(run)[-1] == "stopped"
        assert newest_checkpoint(run, run.read().config, DIGITS).checkpoint.progress.step == steps(run) > 0
        assert not run.socket.exists() and run.engine() is None
        assert run.log.read_text() == ""

    def test_a_suspended_engine_is_alive_and_trains_on_after_sigcont(self, template, run):
        pid = template.train(run)
        os.kill(pid, signal.SIGSTOP)
        assert run.engine_pid() == pid
        os.kill(pid, signal.SIGCONT)
        before = steps(run)
        until(lambda: steps(run) > before + 10, PATIENCE)

    def test_a_second_signal_ends_an_engine_that_cannot_end_by_itself(self, template, run):
        pid = template.train(run)
        os.kill(pid, signal.SIGSTOP)  # both signals are pending before it can react
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGCONT)
        until(lambda: not is_alive(pid), PATIENCE)
        assert run.engine() is None


class TestAfterACrash:
    def test_its_lock_and_its_socket_do_not_block_the_next_engine(self, template, run):
        pid = template.train(run)
        socket = run.socket
        os.kill(pid, signal.SIGKILL)
        until(lambda: run.engine() is None, 3.0)  # as a viewer sees it: at once, from the process
        assert socket.exists() and run.lock.exists()
        again = template.train(run)
        assert run.engine_pid() == again != pid
        assert read(ask(run.socket, activations_of(3))).name == "sample 3"

    def test_a_second_engine_is_refused_and_changes_nothing(self, template, run):
        pid = template.train(run)
        second = template.start(run)
        until(lambda: not is_alive(second), PATIENCE)
        assert f"is already training (process {pid})" in run.log.read_text()
        before = steps(run)
        until(lambda: steps(run) > before, PATIENCE)
        assert states(run) == ["preparing", "preparing", "training"]


class TestViewers:
    def test_viewers_that_never_read_do_not_slow_the_training(self, template, run):
        template.train(run)
        deaf: list[Connection] = [raw(run.socket) for _ in range(8)]
        for viewer in deaf:  # each answer has 7 KB, so the viewer's thread in the server soon blocks
            for _ in range(40):
                viewer.send_bytes(pack(activations_of(1)))
        before = steps(run)
        until(lambda: steps(run) > before + 200, PATIENCE)
        assert read(ask(run.socket, activations_of(2))).name == "sample 2"
        for viewer in deaf:
            viewer.close()

    def test_a_storm_of_nonsense_on_its_socket_does_no_harm_and_leaves_nothing(self, template, run):
        template.train(run)
        nan, far = ScaleLearningRate(float("nan")), FindSample(2**63 - 1)
        sent = [
            pack(ask)
            for ask in (nan, far, activations_of(-(2**63)), ScaleLearningRate(-1.0), ScaleLearningRate(1e308))
        ]
        pieces = [b"", b"\x82\xa4type\xaaFindSample\xa5after\xcf" + b"\xff" * 8, b"\xdf" + b"\xff" * 4, *sent]
        chance = random.Random(1)
        before = steps(run)
        for _ in range(1000):
            with sockets.socket(sockets.AF_UNIX) as rude:
                rude.connect(str(run.socket))
                for piece in chance.choices(pieces, k=chance.randrange(4)):
                    whole = struct.pack("!i", len(piece)) + piece
                    with suppress(BrokenPipeError):  # it closed the connection at an earlier piece
                        rude.sendall(whole[: chance.choice([len(whole), chance.randrange(len(whole) + 1)])])
        until(lambda: steps(run) > before + 20, PATIENCE)
        assert read(ask(run.socket, activations_of(2))).name == "sample 2"
        assert set(states(run)) == {"preparing", "training"}
        assert read_history(run.events).factor == 1.0
        threads = Path(f"/proc/{run.engine_pid()}/task")
        until(lambda: len(list(threads.iterdir())) < 12)

    def test_a_deleted_socket_is_made_again(self, template, run):
        template.train(run)
        socket = run.socket
        shutil.rmtree(socket.parent)
        until(lambda: run.socket.exists() and stat.S_ISSOCK(run.socket.lstat().st_mode), PATIENCE)
        assert isinstance(ask(run.socket, Pause()), Done)
        until(lambda: states(run)[-1] == "paused")


class TestClock:
    def test_a_clock_that_jumps_changes_only_the_times(self, tmp_path, monkeypatch):
        few = first_digits(128, 50)
        options = {"hidden": 8, "batch_size": 16, "epochs": 2}
        plain = train(tmp_path / "plain", few, **options)
        jumps = iter([0.0, 1e9, -1e9, 3600.0, -3600.0] * 10_000)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + next(jumps))
        jumpy = train(tmp_path / "jumpy", few, **options)
        require_same(jumpy.weights, plain.weights)
        assert on_record(jumpy.folder) == on_record(plain.folder)
        history = read_history(jumpy.folder.events)
        assert history.steps_done == 16 and history.seconds_left(16) is None
        assert history.samples_per_second > 0
        resume_training(jumpy.folder, few)
