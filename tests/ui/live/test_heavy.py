"""Heavy questions on their way to the screen's read-only engine: with progress, and given up on demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from kit.asking import activations_of, answer_in
from kit.fake_engine import FakeAnswerer
from kit.screen import finished_run
from kit.viewers import DEADLINE, until
from textual.message import Message

from explorer.ui.live import read_only
from explorer.ui.live.heavy import HeavyLink
from explorer.ui.live.link import Link
from explorer.ui.live.read_only import ReadOnlyEngine


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FakeAnswerer]]:
    """The read-only engines that were started; each is up at once."""
    started: list[FakeAnswerer] = []

    def start(socket: Path) -> FakeAnswerer:
        started.append(FakeAnswerer(socket))
        return started[-1]

    monkeypatch.setattr(read_only, "start_read_only", start)
    monkeypatch.setattr(read_only, "POLL", 0.005)
    yield started
    for engine in started:
        engine.end()


class Asked:
    """A heavy link, and what it posted."""

    def __init__(self, runs: Path) -> None:
        """Start a link on a run."""
        self.posted: list[Message] = []
        self.engine = ReadOnlyEngine()
        self.folder = finished_run(runs)
        self.link = HeavyLink(self.folder, self.posted.append, self.engine)
        self.link.start()

    @property
    def answered(self) -> list[int]:
        """The samples of the answers, in order."""
        return [
            answer_in(one.answer).asked.subject.index
            for one in self.posted
            if isinstance(one, HeavyLink.Answered)
        ]

    @property
    def told(self) -> list[float]:
        """What was said of the progress."""
        return [one.share for one in self.posted if isinstance(one, HeavyLink.Progressed)]


@pytest.fixture
def asked(tmp_path: Path, started: list[FakeAnswerer]) -> Iterator[Asked]:
    """A link on a run."""
    asked = Asked(tmp_path)
    yield asked
    asked.link.close()
    asked.link.join(DEADLINE)
    assert not asked.link.is_alive()
    asked.engine.close()


class Computing:
    """What an engine says of its progress that computes until its viewer hangs up."""

    def __init__(self) -> None:
        """Not asked yet."""
        self.hung_up = Event()

    def __iter__(self) -> Iterator[float]:
        """Say that half is done, again and again; dropped when that can't be sent any more."""
        try:
            while not self.hung_up.wait(0.01):
                yield 0.5
        finally:
            self.hung_up.set()


@contextmanager
def computing(engine: FakeAnswerer) -> Iterator[Event]:
    """Have the engine compute until its viewer hangs up, which sets the event."""
    engine.shares = computing = Computing()
    yield computing.hung_up
    engine.shares = ()


def test_the_answer_comes_after_its_progress_and_the_run_is_named_to_the_engine_alone(
    asked: Asked, started: list[FakeAnswerer]
) -> None:
    asked.engine.start()
    started[0].shares = (0.0, 0.5)
    asked.link.ask(activations_of(3))
    until(lambda: asked.answered)
    assert (asked.told, asked.answered) == ([0.0, 0.5], [3])
    assert all(one.source is asked.link for one in asked.posted)
    assert [one.request for one in asked.posted] == [activations_of(3)] * 3  # as the screen asked it


def test_a_light_question_is_answered_by_the_same_engine_meanwhile(
    asked: Asked, started: list[FakeAnswerer]
) -> None:
    asked.engine.start()
    light: list[Message] = []
    link = Link(asked.folder, light.append, asked.engine)
    link.start()
    with computing(started[0]):
        first = activations_of(1)
        asked.link.ask(first)
        until(lambda: asked.told)
        started[0].shares = ()  # for the questions from now on
        link.ask(activations_of(2))
        until(lambda: light)
        assert isinstance(light[0], Link.Answered) and not asked.answered
        asked.link.cancel(first)
    link.close()


def test_a_question_that_is_cancelled_is_given_up_by_the_engine_and_the_next_one_is_answered(
    asked: Asked, started: list[FakeAnswerer]
) -> None:
    asked.engine.start()
    with computing(started[0]) as hung_up:
        first, second = activations_of(1), activations_of(2)
        asked.link.ask(first)
        asked.link.ask(second)  # it waits, and is cancelled as well
        until(lambda: asked.told)
        asked.link.cancel(first)
        asked.link.cancel(second)
        told = len(asked.told)
        assert hung_up.wait(DEADLINE)
    asked.link.ask(activations_of(3))
    until(lambda: asked.answered)
    assert asked.answered == [3] and len(asked.told) <= told + 1
    assert not [one for one in asked.posted if isinstance(one, HeavyLink.Unanswered)]


def test_a_question_is_given_up_when_the_run_is_closed(asked: Asked, started: list[FakeAnswerer]) -> None:
    asked.engine.start()
    with computing(started[0]) as hung_up:
        asked.link.ask(activations_of(1))
        until(lambda: asked.told)
        asked.link.close()
        assert hung_up.wait(DEADLINE)
    asked.link.join(DEADLINE)
    assert not asked.answered


def test_an_engine_that_dies_is_replaced_once(asked: Asked, started: list[FakeAnswerer]) -> None:
    asked.engine.start()
    started[0].silent = True
    asked.link.ask(activations_of(1))
    until(lambda: started[0].requests)
    started[0].end()
    until(lambda: asked.answered)
    assert len(started) == 2 and asked.answered == [1]


def test_without_an_engine_one_line_says_why(
    asked: Asked, started: list[FakeAnswerer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(socket: Path) -> FakeAnswerer:
        raise OSError("no room")

    monkeypatch.setattr(read_only, "start_read_only", fail)
    asked.link.ask(activations_of(1))
    until(lambda: asked.posted)
    (message,) = asked.posted
    assert isinstance(message, HeavyLink.Unanswered) and message.reason == "no room"
    assert message.request == activations_of(1)
