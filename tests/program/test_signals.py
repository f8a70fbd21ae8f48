"""Signals to the screen: it leaves, the terminal is as it was, and only a training continues."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kit.digits import write_tiny_mnist
from kit.terminal import Terminal, gatescope
from kit.viewers import kill_engine, until

from explorer.runs.catalogue import find_run
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history

pytestmark = pytest.mark.slow

SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"]
START = 60.0
"""Seconds that an engine may take to come up on a busy machine."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run."""
    home = tmp_path_factory.mktemp("home")
    write_tiny_mnist(home)
    train(home, "done", "--epochs", "2")
    return home


@pytest.fixture(scope="class")
def long(home: Path) -> Iterator[RunFolder]:
    """A run that trains for hours, and takes a core meanwhile."""
    train(home, "long", "--epochs", "9999", "--detach")
    run = find_run(home / "runs", "long")
    yield run
    kill_engine(run)


def training(home: Path, name: str, *options: str) -> list[str]:
    """What trains a small run of this name."""
    small = ["--data-dir", str(home), "--hidden", "8", "--threads", "1", "--batch-size", "4"]
    return ["train", *small, "--name", name, *options]


def train(home: Path, name: str, *options: str) -> None:
    """Train a run of this name."""
    command = [sys.executable, "-m", "explorer", *training(home, name, *options)]
    subprocess.run(command, cwd=home, check=True, capture_output=True)


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


class TestATrainingThatGoesOn:
    @pytest.mark.parametrize("name", SIGNALS)
    def test_it_needs_no_screen(self, home: Path, long: RunFolder, name: str) -> None:
        number = getattr(signal, name)
        engine = long.engine_pid()
        with gatescope("watch", "long", size=(120, 40), cwd=home) as screen:
            screen.until("● training")
            os.kill(screen.pid, number)
            assert screen.ended() == 128 + number
        assert long.engine_pid() == engine is not None

    def test_a_suspended_screen_holds_up_nothing_and_shows_the_newest_when_it_is_woken(
        self, home: Path, long: RunFolder
    ) -> None:
        with gatescope("watch", "long", size=(120, 40), cwd=home) as screen:
            screen.until(r"● training[^$]*step [\d,]+/")
            step = shown_step(screen)
            os.kill(screen.pid, signal.SIGSTOP)
            until(lambda: read_history(long.events).steps_done > step + 300, START)
            ahead = read_history(long.events).steps_done
            os.kill(screen.pid, signal.SIGCONT)
            until(lambda: screen.read() and shown_step(screen) >= ahead, START)


def shown_step(screen: Terminal) -> int:
    """The step that the explorer shows; -1 without one."""
    shown = re.search(r"step ([\d,]+)/", screen.text)
    return int(shown[1].replace(",", "")) if shown else -1


@pytest.mark.parametrize("name", [*SIGNALS, "ctrl+c"])
def test_a_training_without_a_screen_ends_saved_and_gives_the_terminal_back(home: Path, name: str) -> None:
    run_name = name.replace("+", "-")
    with gatescope(*training(home, run_name, "--epochs", "9999"), size=(120, 40), cwd=home) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until(r"samples/s")
        if name == "ctrl+c":
            screen.press("\x03")
        else:
            os.kill(screen.pid, getattr(signal, name))
        assert screen.ended() == 130
        assert termios.tcgetattr(screen.file) == before
        assert screen.bytes.rindex(b"\x1b[?25h") > screen.bytes.rindex(b"\x1b[?25l")
        assert b"Traceback" not in screen.bytes
        screen.until(r"^stopped .*after [\d,]+ steps")
    run = find_run(home / "runs", run_name)
    history = read_history(run.events)
    assert history.state == "stopped" and run.engine() is None
    assert history.checkpoint is not None and history.checkpoint.step == history.steps_done > 0


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
