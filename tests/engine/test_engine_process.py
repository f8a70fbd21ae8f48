"""The engine as a separate process: it outlives the screen, answers it, and ends cleanly."""

from __future__ import annotations

import os
import signal

import pytest
from kit.asking import activations_of, answer_in, read
from kit.digits import tiny_config
from kit.viewers import ask, until

from explorer.engine.record.checkpoints import newest_model
from explorer.protocol.messages import Continue, Done, FindSample, Pause, Refused, SampleFound
from explorer.runs.catalogue import create_run
from explorer.runs.events import RunStarted, StateChanged, StepTrained
from explorer.runs.history import History
from explorer.runs.launch import start_engine, start_read_only
from explorer.runs.reader import read_events
from explorer.runs.shape import DIGITS
from explorer.runs.snapshot import take_snapshot

pytestmark = pytest.mark.slow

START = 120.0
"""Seconds an engine may take to start on a busy machine; importing torch alone takes 3 to 10."""


class Engine:
    """A run and the process started for it."""

    def __init__(self, place, *arguments, folder=None, **options):
        self.folder = folder or create_run(place / "runs", tiny_config(place, **options))
        self.process = start_engine(self.folder, *arguments)

    @property
    def events(self):
        """Every event recorded so far."""
        return [*read_events(self.folder.events)]

    @property
    def snapshot(self):
        """The run as a screen shows it."""
        history = History()
        history.extend(self.events)
        engine = self.folder.engine()
        return take_snapshot(self.folder.read(), history, engine, starting=False, bad_lines=0)

    def come_up(self):
        """Wait until it trains."""
        until(lambda: self.process.poll() is not None or self.snapshot.step > 0, START)
        assert self.process.poll() is None, self.folder.log.read_text()
        return self

    def end(self):
        """Kill the process, if it is still running."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def engines(place):
    """One engine that trains for hours and one that finishes soon, started together to wait only once."""
    engines = {"long": Engine(place, epochs=10_000), "short": Engine(place, epochs=2)}
    yield engines
    for engine in engines.values():
        engine.end()


@pytest.fixture
def training(place, engines):
    """An engine that is training; a new one if a test has ended the last."""
    if engines["long"].process.poll() is not None:
        engines["long"] = Engine(place, epochs=10_000)
    return engines["long"].come_up()


@pytest.fixture
def finished(engines):
    """A run that was trained to the end."""
    assert engines["short"].process.wait(START) == 0, engines["short"].folder.log.read_text()
    return engines["short"]


class TestWhileItTrains:
    def test_it_holds_the_lock_in_its_own_session(self, training):
        pid = training.process.pid
        assert training.folder.engine_pid() == pid
        assert os.getsid(pid) == pid != os.getsid(0)
        assert [event.pid for event in training.events if isinstance(event, RunStarted)] == [pid]
        assert training.snapshot.state == "training"

    def test_a_probe_uses_the_current_weights(self, training):
        reply = ask(training.folder.socket, activations_of(37))
        first, answer = read(reply), answer_in(reply)
        assert (first.name, answer.facts["samples"], first.label, reply.state) == (
            "sample 7",
            30,
            7,
            "training",
        )
        assert [len(part) for part in first.values] == [28 * 8] * 6
        assert len(first.pixels) == 784 and sum(answer.arrays["probabilities"].numbers) == pytest.approx(1)
        until(lambda: read(ask(training.folder.socket, activations_of(37))).step > first.step)

    def test_it_takes_no_step_while_paused_and_continues_where_it_was(self, training):
        socket = training.folder.socket
        assert isinstance(ask(socket, Pause()), Done)
        until(lambda: training.snapshot.state == "paused")
        still = [read(ask(socket, activations_of(number))).step for number in range(20)]
        assert set(still) == {training.snapshot.step}
        assert isinstance(ask(socket, Continue()), Done)
        until(lambda: training.snapshot.step > still[0])
        assert training.snapshot.state == "training"
        steps = [event.step for event in training.events if isinstance(event, StepTrained)]
        assert steps == list(range(1, len(steps) + 1))

    def test_a_second_engine_on_the_run_is_refused_with_the_firsts_process_id(self, training):
        second = start_engine(training.folder)
        assert second.wait(START) == 1
        line = f"gatescope: run {training.folder.name} is already training (process {training.process.pid});"
        assert line in training.folder.log.read_text()
        assert training.snapshot.state == "training"


class TestEnds:
    def test_sigterm_stops_it_between_two_steps_with_everything_saved(self, training):
        training.process.send_signal(signal.SIGTERM)
        assert training.process.wait(START) == 0
        assert (training.snapshot.state, training.snapshot.reason) == ("stopped", "")
        assert training.folder.engine_pid() is None and not training.folder.socket.exists()
        assert (
            newest_model(training.folder, training.snapshot.config, DIGITS)[1] == training.snapshot.step > 0
        )

    def test_a_killed_engine_is_reported_lost_at_once(self, training):
        until(lambda: training.snapshot.epoch > 1)
        training.process.kill()
        training.process.wait()
        assert training.folder.engine_pid() is None
        snapshot = training.snapshot
        assert snapshot.state == "lost" and f"at step {snapshot.step:,}" in snapshot.reason
        assert newest_model(training.folder, snapshot.config, DIGITS)[1] > 0

    def test_a_run_that_was_trained_to_the_end_is_finished(self, finished):
        snapshot = finished.snapshot
        assert (snapshot.state, snapshot.step, snapshot.share) == ("finished", 10, 1.0)
        assert snapshot.evaluated.whole and snapshot.evaluated.samples == 30
        assert [event.state for event in finished.events if isinstance(event, StateChanged)][-1] == "finished"
        assert finished.folder.engine_pid() is None
        assert finished.folder.log.read_bytes() == b""


class TestAnswering:
    def test_a_finished_run_is_probed_without_changing_it(self, place, finished):
        before = finished.folder.events.read_bytes()
        socket = finished.folder.socket.with_suffix(".answers")
        process, run = start_read_only(socket), str(finished.folder.path)
        try:
            until(lambda: socket.exists() or process.poll() is not None, START)
            reply = ask(socket, activations_of(4, run))
            seen = read(reply)
            assert (seen.name, seen.label, seen.step, reply.state) == ("sample 4", 4, 10, None)
            found = ask(socket, FindSample(29, run))
            assert isinstance(found, SampleFound)
            seen = read(ask(socket, activations_of(found.index, run)))
            assert seen.predicted != seen.label == found.index % 10
            assert isinstance(ask(socket, Pause()), Refused)
            assert finished.snapshot.state == "finished" and finished.folder.engine_pid() is None
            assert finished.folder.events.read_bytes() == before
        finally:
            process.kill()
            process.wait()
