"""Signals to the screen: it leaves, the terminal is as it was, and only a training goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from digits import write_tiny_mnist
from terminal import gatescope
from viewers import kill_engine, until

from explorer.runs.catalogue import find_run

pytestmark = pytest.mark.slow

SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"]
START = 60.0
"""Seconds that an engine may take to come up on a busy machine."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run that trains for hours, and one that is finished."""
    home = tmp_path_factory.mktemp("home")
    write_tiny_mnist(home)
    train = [sys.executable, "-m", "explorer", "train", "--data-dir", str(home), "--hidden", "8"]
    options = ["--threads", "1", "--batch-size", "4"]
    for more in (["--name", "done", "--epochs", "2"], ["--name", "long", "--epochs", "9999", "--detach"]):
        subprocess.run([*train, *options, *more], cwd=home, check=True, capture_output=True)
    yield home
    kill_engine(find_run(home / "runs", "long"))


def children(pid: int) -> list[psutil.Process]:
    """What a process has started, and what that has."""
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of these is at work any more."""
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("name", SIGNALS)
def test_the_terminal_is_as_it_was_and_nothing_is_said(home: Path, name: str) -> None:
    number = getattr(signal, name)
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until("is 0, read as")
        assert termios.tcgetattr(screen.file) != before
        (answerer,) = children(screen.pid)
        os.kill(screen.pid, number)
        assert screen.ended() == 128 + number
        assert termios.tcgetattr(screen.file) == before
        for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
            assert restored in screen.bytes
        assert b"Traceback" not in screen.bytes
        assert screen.bytes[screen.bytes.rindex(b"\x1b[?1049l") :].strip().count(b"\n") == 0
        until(lambda: gone([answerer]))


@pytest.mark.parametrize("name", SIGNALS)
def test_a_training_goes_on_without_its_screen(home: Path, name: str) -> None:
    number = getattr(signal, name)
    engine = find_run(home / "runs", "long").engine_pid()
    with gatescope("watch", "long", size=(120, 40), cwd=home) as screen:
        screen.until("● training")
        os.kill(screen.pid, number)
        assert screen.ended() == 128 + number
    assert find_run(home / "runs", "long").engine_pid() == engine is not None


def test_a_terminal_that_vanishes_takes_the_screen_along(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        (answerer,) = children(screen.pid)
        os.close(screen.file)
        screen.file = os.open(os.devnull, os.O_RDONLY)
        screen.status = os.waitstatus_to_exitcode(waited(screen.pid))
        assert screen.status == 128 + signal.SIGHUP
        until(lambda: gone([answerer]))


def waited(pid: int) -> int:
    """The status with which a child has ended."""
    ends: list[int] = []
    until(lambda: ends or ends.extend(status for one, status in [os.waitpid(pid, os.WNOHANG)] if one))
    return ends[0]


def test_a_screen_that_is_killed_leaves_no_engine_that_only_answers(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        (answerer,) = children(screen.pid)
        os.kill(screen.pid, signal.SIGKILL)
        screen.ended()
    assert answerer.is_running()  # it waits a while for another viewer
    until(lambda: gone([answerer]), START)


def test_an_export_ends_with_its_screen(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        screen.press("e")
        screen.until("export the graph")
        screen.press("\x13")  # ctrl+s
        screen.until("export: (starting|loading torch)")
        started = children(screen.pid)
        assert len(started) >= 2
        os.kill(screen.pid, signal.SIGTERM)
        assert screen.ended() == 128 + signal.SIGTERM
        until(lambda: gone(started))
    shutil.rmtree(home / "runs" / "done" / "exports", ignore_errors=True)
