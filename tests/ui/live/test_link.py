"""Asking about a run: the engine that trains it, the same one a while longer, then the read-only one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit.asking import activations_of, read
from kit.fake_engine import FakeAnswerer, FakeEngine
from kit.screen import beginning, finished_run, learning, new_run
from kit.viewers import until
from textual.message import Message

from explorer.protocol.client import EngineGone
from explorer.protocol.messages import Pause, Refused
from explorer.protocol.questions import Answers
from explorer.runs.folder import RunFolder
from explorer.ui.live import link as links
from explorer.ui.live import read_only
from explorer.ui.live.link import Link
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.views.activations import Activations


class Starting:
    """The process of a read-only engine that comes up when the test says so."""

    def __init__(self, socket: Path) -> None:
        """Prepare to listen on a socket."""
        self.socket = socket
        self.answerer: FakeAnswerer | None = None
        self.returncode: int | None = None
        self.terminated = False

    def come_up(self) -> FakeAnswerer:
        """Listen."""
        self.answerer = FakeAnswerer(self.socket)
        return self.answerer

    def die(self) -> None:
        """End, as a process that is killed."""
        self.returncode = 1
        if self.answerer:
            self.answerer.end()

    def poll(self) -> int | None:
        return self.returncode

    def last_words(self) -> str:
        return "no such module"

    def terminate(self) -> None:
        self.terminated = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Starting]]:
    """The read-only engines that were started."""
    started: list[Starting] = []

    def start(socket: Path) -> Starting:
        started.append(Starting(socket))
        return started[-1]

    monkeypatch.setattr(read_only, "start_read_only", start)
    monkeypatch.setattr(read_only, "POLL", 0.005)
    monkeypatch.setattr(links, "POLL", 0.005)
    monkeypatch.setattr(links, "CHECK_INTERVAL", 0.01)
    yield started
    for engine in started:
        engine.die()


class Asked:
    """A link, and what it posted."""

    def __init__(self, folder: RunFolder, engine: ReadOnlyEngine) -> None:
        """Start a link."""
        self.posted: list[Message] = []
        self.link = Link(folder, self.posted.append, engine)
        self.link.start()

    def ask(self, index: int = 0) -> Message:
        """Probe, and wait for what comes of it."""
        before = len(self.posted)
        self.link.ask(activations_of(index))
        until(lambda: len(self.posted) > before)
        return self.posted[-1]

    def answer(self, index: int = 0) -> Activations:
        """Probe, and return the answer."""
        message = self.ask(index)
        assert isinstance(message, Link.Answered) and isinstance(message.answer, Answers)
        assert message.request == activations_of(index)  # as the screen asked it
        return read(message.answer)


@contextmanager
def asked(folder: RunFolder, engine: ReadOnlyEngine) -> Iterator[Asked]:
    """A link on a run."""
    asked = Asked(folder, engine)
    yield asked
    asked.link.close()
    asked.link.join(10)
    assert not asked.link.is_alive()


class Trainer(FakeEngine):
    """An engine that answers a while longer once its training has ended."""

    def retire(self) -> None:
        """Release the run; go on answering on the connections that are open."""
        self._lock.release()
        self._path.unlink()

    def end(self, *_: object) -> None:
        """End."""
        self.terminate()


def trainer(runs: Path, step: int) -> Trainer:
    """An engine that trains a run."""
    engine = Trainer(new_run(runs), *beginning(), *learning(step))
    engine.step = step
    return engine


def test_between_the_end_of_a_training_and_the_read_only_engine_there_is_no_gap(
    tmp_path: Path, started: list[Starting]
) -> None:
    engine = trainer(tmp_path, 3)
    with asked(engine.folder, ReadOnlyEngine()) as one:
        assert one.answer().step == 3 and not started
        engine.retire()
        until(lambda: started)  # without being asked
        engine.step = 10
        assert [one.answer(index).step for index in range(3)] == [10] * 3
        new = started[0].come_up()
        new.step = 11
        until(lambda: one.answer().step == 11)
        assert one.link._trainer is None  # so the engine that has trained can end
        assert {type(message) for message in one.posted} == {Link.Answered} and len(started) == 1
    engine.end()


def test_an_engine_that_resumes_the_run_is_asked_from_then_on(
    tmp_path: Path, started: list[Starting]
) -> None:
    first = trainer(tmp_path, 3)
    with asked(first.folder, ReadOnlyEngine()) as one:
        assert one.answer().step == 3
        first.retire()
        until(lambda: started)
        second = FakeEngine(first.folder, *beginning())
        second.step = 5
        until(lambda: one.answer().step == 5)
        assert second.requests and not isinstance(one.posted[-1], Link.Unanswered)
        second.end()
    first.end()


def test_one_engine_answers_about_every_run_of_a_screen(tmp_path: Path, started: list[Starting]) -> None:
    engine = ReadOnlyEngine()
    for name, cell, count in (("one", "rnn", 1), ("two", "lstm", 6)):
        with asked(finished_run(tmp_path, name, cell), engine) as link:
            link.link.ask(activations_of(0))
            until(lambda: started)
            if started[0].answerer is None:
                started[0].come_up()
            until(lambda link=link: link.posted)
            assert len(link.answer().infos) == count
    assert len(started) == 1
    assert not started[0].terminated
    engine.close()
    assert started[0].terminated


def test_an_engine_that_died_is_replaced_and_the_request_is_answered(
    tmp_path: Path, started: list[Starting], monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked(finished_run(tmp_path), ReadOnlyEngine()) as one:
        one.link.ask(activations_of(0))
        until(lambda: started)
        started[0].come_up()
        until(lambda: one.posted)
        started[0].die()
        one.link.ask(activations_of(1))
        until(lambda: len(started) == 2)
        started[1].come_up()
        until(lambda: len(one.posted) == 2)
        assert {type(message) for message in one.posted} == {Link.Answered}


def test_an_engine_that_never_comes_up_is_started_twice_and_its_last_words_are_the_reason(
    tmp_path: Path, started: list[Starting]
) -> None:
    with asked(finished_run(tmp_path), ReadOnlyEngine()) as one:
        one.link.ask(activations_of(0))
        for number in (1, 2):
            until(lambda number=number: len(started) == number)
            started[-1].die()
        until(lambda: one.posted)
        (message,) = one.posted
        assert isinstance(message, Link.Unanswered) and message.reason == "no such module"
        assert len(started) == 2


def test_a_request_to_steer_a_finished_run_is_refused(tmp_path: Path, started: list[Starting]) -> None:
    with asked(finished_run(tmp_path), ReadOnlyEngine()) as one:
        one.link.ask(Pause())
        until(lambda: started)
        started[0].come_up()
        until(lambda: one.posted)
        (message,) = one.posted
        assert isinstance(message, Link.Answered) and isinstance(message.answer, Refused)


def test_nothing_is_started_any_more_once_it_is_closed(started: list[Starting]) -> None:
    engine = ReadOnlyEngine()
    engine.close()
    with pytest.raises(EngineGone):
        engine.ask(activations_of(0))
    assert not started
