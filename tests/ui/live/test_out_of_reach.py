"""A run that is trained out of reach: it is followed and read; each key that steers says why it can't."""

from __future__ import annotations

import os
import re
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.elsewhere import ELSEWHERE, THERE, WHERE, trained_elsewhere
from kit.fake_engine import FakeEngine
from kit.screen import ROOMY, beginning, exploring, learning, live_run, new_run
from kit.terminal import gatescope

from explorer.protocol import client as clients
from explorer.runs.folder import RunFolder
from explorer.runs.writer import EventWriter


@pytest.fixture
def elsewhere(tmp_path: Path) -> RunFolder:
    """A run in training, without an engine yet."""
    folder = new_run(tmp_path)
    writer = EventWriter(folder.events)
    for event in [*beginning(), *learning(3)]:
        writer.write(event)
    writer.close()
    return folder


@pytest.fixture
def unreachable(tmp_path: Path) -> Iterator[FakeEngine]:
    """A live engine whose socket is gone."""
    with live_run(tmp_path / "runs") as engine:
        engine.folder.socket.unlink()
        yield engine


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_it_is_shown_with_the_gates_of_its_checkpoint_and_no_key_steers_it(
    tmp_path: Path, elsewhere: RunFolder, kind: str
) -> None:
    with trained_elsewhere(elsewhere, kind):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            advice = f"it trains {WHERE[kind]}; steer it {THERE[kind]}"
            await visit.sees(f"{advice}; the gates are those of its newest checkpoint", "MessageLine")
            await visit.sees("is 0, read as 0", "#gates")
            assert not re.search("Pause|Stop|Rate", visit.text.splitlines()[-1])
            said = visit.app.screen_stack[0].message_line.said
            for key in "ps+-":
                said.clear()
                await visit.press(key)
                await visit.until(lambda: said)
                assert said[-1][1].text == advice
            assert not [one for one in visit.engines[0].requests if type(one).__name__ != "Ask"]
            await visit.press("q")
            await visit.until(lambda: visit.app.return_value == 0)
            assert not visit.app.complaint


async def test_a_key_and_the_gates_say_that_the_socket_of_an_engine_is_gone(
    unreachable: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "SOCKET_SECONDS", 0.1)
    async with exploring(tmp_path / "runs") as visit:
        gone = r"its socket \S+\.sock is gone"
        await visit.sees(f"gates unavailable: {gone}", "#gates")
        await visit.press("p")
        await visit.sees(f"{gone}; `kill {os.getpid()}` ends the training", "MessageLine")


@pytest.mark.slow
def test_a_stop_that_does_not_reach_the_training_is_said_when_the_screen_is_left(
    unreachable: FakeEngine, tmp_path: Path
) -> None:
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until("● training")
        screen.press("q")
        screen.until("training is running")
        began = time.monotonic()
        screen.press("down", "enter")
        assert screen.ended() == 1
        assert time.monotonic() - began < 3 * clients.SOCKET_SECONDS
        assert termios.tcgetattr(screen.file) == before
    said = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", screen.bytes.rpartition(b"\x1b[?1049l")[2].decode())
    cure = f"`kill {os.getpid()}` ends the training, and everything so far is kept"
    assert re.fullmatch(rf"gatescope: run one goes on: its socket \S+ is gone; {cure}", said.strip())


@pytest.mark.slow
def test_a_stop_that_reaches_the_training_leaves_without_a_word(tmp_path: Path) -> None:
    with live_run(tmp_path / "runs") as engine:
        with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as screen:
            screen.until("● training")
            screen.press("q")
            screen.until("training is running")
            screen.press("down", "enter")
            assert screen.ended() == 0
        assert [type(one).__name__ for one in engine.requests if "Stop" in type(one).__name__] == ["Stop"]
