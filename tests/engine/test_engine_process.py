"""The engine as a process of its own: it outlives the screen, answers it, and ends as it should."""

from __future__ import annotations

import os
import signal

import pytest
from kit.digits import tiny_config
from kit.viewers import ask, until

from explorer.engine.record.checkpoints import newest_model
from explorer.protocol.messages import Continue, Done, FindSample, Pause, Probe, Probed, Refused, SampleFound
from explorer.runs.catalogue import create_run
from explorer.runs.events import RunStarted, StateChanged, StepTrained
from explorer.runs.history import History
from explorer.runs.launch import start_engine
from explorer.runs.reader import EventReader
from explorer.runs.snapshot import take_snapshot

pytestmark = pytest.mark.slow

START = 120.0
"""Seconds that an engine may take to come up on a busy machine; torch alone takes 3 to 10."""


class Engine:
    """A run and the process that was started on it."""

    def __init__(self, place, *arguments, folder=None, **options):
        self.folder = folder or create_run(place / "runs", tiny_config(place, **options))
        self.process = start_engine(self.folder, *arguments)

    @property
    def events(self):
        """Everything told so far."""
        return EventReader(self.folder.events).read()

    @property
    def view(self):
        """What a screen shows."""
        history = History()
        history.extend(self.events)
        engine = self.folder.engine()
        return take_snapshot(self.folder.read(), history, engine, starting=False, bad_lines=0)

    def come_up(self):
        """Wait until it trains."""
        until(lambda: self.process.poll() is not None or self.view.step > 0, START)
        assert self.process.poll() is None, self.folder.log.read_text()
        return self

    def end(self):
        """Make sure that nothing is left."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def engines(place):
    """One engine that trains for hours, and one that is soon done; started together, to wait only once."""
    engines = {"long": Engine(place, epochs=10_000), "short": Engine(place, epochs=2)}
    yield engines
    for engine in engines.values():
        engine.end()


@pytest.fixture
def training(place, engines):
    """An engine that trains; a new one, when a test has ended it."""
    if engines["long"].process.poll() is not None:
        engines["long"] = Engine(place, epochs=10_000)
    return engines["long"].come_up()


@pytest.fixture
def finished(engines):
    """A run that was trained to its end."""
    assert engines["short"].process.wait(START) == 0, engines["short"].folder.log.read_text()
    return engines["short"]


class TestWhileItTrains:
    def test_it_holds_the_lock_in_a_session_of_its_own(self, training):
        pid = training.process.pid
        assert training.folder.engine_pid() == pid
        assert os.getsid(pid) == pid != os.getsid(0)
        assert [event.pid for event in training.events if isinstance(event, RunStarted)] == [pid]
        assert training.view.state == "training"

    def test_it_shows_a_digit_from_the_weights_of_the_moment(self, training):
        first = ask(training.folder.socket, Probe(37))
        assert isinstance(first, Probed)
        assert (first.index, first.count, first.label, first.state) == (7, 30, 7, "training")
        assert [len(part) for part in first.arrays] == [28 * 8 * 4] * 6
        assert len(first.pixels) == 784 and sum(first.scores) == pytest.approx(1)
        until(lambda: ask(training.folder.socket, Probe(37)).step > first.step)

    def test_it_stands_still_while_paused_and_goes_on_where_it_was(self, training):
        socket = training.folder.socket
        assert isinstance(ask(socket, Pause()), Done)
        until(lambda: training.view.state == "paused")
        still = [ask(socket, Probe(number)).step for number in range(20)]
        assert set(still) == {training.view.step}
        assert isinstance(ask(socket, Continue()), Done)
        until(lambda: training.view.step > still[0])
        assert training.view.state == "training"
        steps = [event.step for event in training.events if isinstance(event, StepTrained)]
        assert steps == list(range(1, len(steps) + 1))

    def test_a_second_engine_on_the_run_is_told_who_the_first_is(self, training):
        second = start_engine(training.folder)
        assert second.wait(START) == 1
        line = f"gatescope: run {training.folder.name} is already training (process {training.process.pid});"
        assert line in training.folder.log.read_text()
        assert training.view.state == "training"


class TestEnds:
    def test_sigterm_stops_it_between_two_steps_with_everything_kept(self, training):
        training.process.send_signal(signal.SIGTERM)
        assert training.process.wait(START) == 0
        assert (training.view.state, training.view.reason) == ("stopped", "")
        assert training.folder.engine_pid() is None and not training.folder.socket.exists()
        assert newest_model(training.folder, training.view.config)[1] == training.view.step > 0

    def test_a_killed_engine_is_known_to_be_lost_at_once(self, training):
        until(lambda: training.view.epoch > 1)
        training.process.kill()
        training.process.wait()
        assert training.folder.engine_pid() is None
        view = training.view
        assert view.state == "lost" and f"at step {view.step:,}" in view.reason
        assert newest_model(training.folder, view.config)[1] > 0

    def test_a_run_that_was_trained_to_its_end_is_finished(self, finished):
        view = finished.view
        assert (view.state, view.step, view.share) == ("finished", 10, 1.0)
        assert view.evaluated.whole and view.evaluated.samples == 30
        assert [event.state for event in finished.events if isinstance(event, StateChanged)][-1] == "finished"
        assert finished.folder.engine_pid() is None
        assert finished.folder.log.read_bytes() == b""


class TestAnswering:
    def test_a_finished_run_is_looked_into_without_touching_it(self, place, finished):
        before = finished.folder.events.read_bytes()
        socket = finished.folder.socket.with_suffix(".answers")
        engine = Engine(place, "--read-only", str(socket), folder=finished.folder)
        try:
            until(lambda: socket.exists() or engine.process.poll() is not None, START)
            probed = ask(socket, Probe(4))
            assert (probed.index, probed.label, probed.step, probed.state) == (4, 4, 10, None)
            confusion = finished.view.evaluated.confusion
            true, read_as = next((t, r) for t in range(10) for r in range(10) if confusion[t][r])
            found = ask(socket, FindSample(29, label=true, predicted=read_as))
            assert isinstance(found, SampleFound) and found.index % 10 == true
            scores = ask(socket, Probe(found.index)).scores
            assert scores.index(max(scores)) == read_as
            assert isinstance(ask(socket, Pause()), Refused)
            assert engine.view.state == "finished" and engine.folder.engine_pid() is None
            assert engine.folder.events.read_bytes() == before
        finally:
            engine.end()
