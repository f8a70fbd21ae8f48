"""Steering an engine that lives and can't be reached: the answer comes at once, and says where it trains."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from kit.command import run as gatescope
from kit.elsewhere import ELSEWHERE, THERE, WHERE, trained_elsewhere
from kit.fake_engine import FakeEngine
from kit.screen import beginning, new_run

from explorer.cli import main
from explorer.protocol import client as clients

AT_ONCE = 2.0
"""Seconds within which the answer has to come, on a busy machine; it takes milliseconds."""


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command in this process; return the line that it fails with, without the program's name."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1
    return said.err.strip().removeprefix("gatescope: ")


@pytest.mark.parametrize("kind", ELSEWHERE)
@pytest.mark.parametrize("verb", ["pause", "continue", "stop"])
def test_a_training_elsewhere_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, verb: str
) -> None:
    with trained_elsewhere(new_run(tmp_path), kind):
        began = time.monotonic()
        said = refused(capsys, verb, "one", "--runs-dir", str(tmp_path))
        assert time.monotonic() - began < AT_ONCE
    assert said == f"run one can't be reached: it trains {WHERE[kind]}; {verb} it {THERE[kind]}"


def test_a_run_that_trains_elsewhere_is_not_resumed_here(tmp_path: Path) -> None:
    with trained_elsewhere(new_run(tmp_path), "machine"):
        done = gatescope("train", "--resume", "one", "--runs-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    cure = "stop it there, or watch it with `gatescope watch one`"
    assert done.stderr == f"gatescope: run one is already training on node7 as ann; {cure}\n"


def test_an_engine_whose_socket_stays_away_is_named_with_what_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "SOCKET_SECONDS", 0.2)
    engine = FakeEngine(new_run(tmp_path), *beginning())
    socket = engine.folder.socket
    socket.unlink()
    try:
        said = refused(capsys, "stop", "one", "--runs-dir", str(tmp_path))
    finally:
        engine.end()
    cure = f"`kill {os.getpid()}` ends the training, and everything so far is kept"
    assert said == f"run one can't be reached: its socket {socket} is gone; {cure}"


def test_an_engine_that_makes_its_socket_again_is_asked_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = FakeEngine(new_run(tmp_path), *beginning())
    socket = engine.folder.socket
    away = socket.with_suffix(".away")
    socket.rename(away)

    def come_back(seconds: float) -> None:
        """Stand in for the wait between two tries."""
        away.rename(socket)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.commands.steer.time.sleep", come_back)
        try:
            with pytest.raises(SystemExit) as ended:
                main(["pause", "one", "--runs-dir", str(tmp_path)])
        finally:
            engine.end()
    assert ended.value.code == 0 and capsys.readouterr().out == "run one: paused\n"
