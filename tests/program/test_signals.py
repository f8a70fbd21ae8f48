"""Signals: the explorer restores the terminal, and only a training outlives it.

One table lists the four signals, `explorer.system.signals.ENDING`, so one test sends all four: to an explorer
with a training already running. Elsewhere one is enough: an engine takes 2 s to start.
"""

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

START = 60.0
"""Seconds that an engine may take to start or end on a busy machine."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run."""
    home = tmp_path_factory.mktemp("home")
    write_tiny_mnist(home)
    train(home, "done", "--epochs", "2")
    return home


@pytest.fixture(scope="class")
def long(home: Path) -> Iterator[RunFolder]:
    """A run that trains for hours; it keeps one core busy."""
    train(home, "long", "--epochs", "9999", "--detach")
    run = find_run(home / "runs", "long")
    yield run
    kill_engine(run)


def training(home: Path, name: str, *options: str) -> list[str]:
    """Return the arguments that train a small run with this name."""
    small = ["--data-dir", str(home), "--hidden", "8", "--threads", "1", "--batch-size", "4"]
    return ["train", *small, "--name", name, *options]


def train(home: Path, name: str, *options: str) -> None:
    """Train a run with this name."""
    command = [sys.executable, "-m", "explorer", *training(home, name, *options)]
    subprocess.run(command, cwd=home, check=True, capture_output=True)


def children(pid: int) -> list[psutil.Process]:
    """Return a process's children, and theirs."""
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of these have ended."""
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def left_by(screen: Terminal, number: int, before: list[object]) -> None:
    """Signal the explorer; it must exit with the signal's number, silently, with the terminal restored."""
    assert termios.tcgetattr(screen.file) != before
    os.kill(screen.pid, number)
    assert screen.ended() == 128 + number
    assert termios.tcgetattr(screen.file) == before
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
        assert restored in screen.bytes
    assert b"Traceback" not in screen.bytes
    assert screen.bytes[screen.bytes.rindex(b"\x1b[?1049l") :].strip().count(b"\n") == 0


def test_an_engine_that_only_answers_ends_with_the_explorer(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until("is 0, read as")
        (answerer,) = children(screen.pid)
        left_by(screen, signal.SIGINT, before)
        until(lambda: gone([answerer]))


class TestATrainingInTheBackground:
    @pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
    def test_keeps_training_when_the_explorer_leaves(self, home: Path, long: RunFolder, name: str) -> None:
        engine = long.engine_pid()
        with gatescope("watch", "long", size=(120, 40), cwd=home) as screen:
            before = termios.tcgetattr(screen.file)
            screen.until("● training")
            screen.until("is 0, read as")
            left_by(screen, getattr(signal, name), before)
        steps = read_history(long.events).steps_done
        until(lambda: read_history(long.events).steps_done > steps + 100, START)
        assert long.engine_pid() == engine is not None

    def test_keeps_training_while_the_explorer_is_suspended_and_then_catches_up(
        self, home: Path, long: RunFolder
    ) -> None:
        with gatescope("watch", "long", size=(120, 40), cwd=home) as screen:
            screen.until(r"● training[^$]*step [\d,]+\b")
            step = shown_step(screen)
            os.kill(screen.pid, signal.SIGSTOP)
            until(lambda: read_history(long.events).steps_done > step + 300, START)
            newest = read_history(long.events).steps_done
            os.kill(screen.pid, signal.SIGCONT)
            until(lambda: screen.read() and shown_step(screen) >= newest, START)


def shown_step(screen: Terminal) -> int:
    """Return the step that the explorer shows; -1 if it shows none."""
    shown = re.search(r"\bstep ([\d,]+)\b", screen.text)
    return int(shown[1].replace(",", "")) if shown else -1


@pytest.mark.parametrize("how", ["SIGTERM", "ctrl+c"])
def test_a_training_in_the_terminal_is_saved_and_restores_the_terminal(home: Path, how: str) -> None:
    name = how.replace("+", "-")
    with gatescope(*training(home, name, "--epochs", "9999"), size=(120, 40), cwd=home) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until(r"samples/s")
        if how == "ctrl+c":
            screen.press("\x03")
        else:
            os.kill(screen.pid, signal.SIGTERM)
        assert screen.ended() == 130
        assert termios.tcgetattr(screen.file) == before
        assert screen.bytes.rindex(b"\x1b[?25h") > screen.bytes.rindex(b"\x1b[?25l")
        assert b"Traceback" not in screen.bytes
        screen.until(r"^stopped .*after [\d,]+ steps")
    run = find_run(home / "runs", name)
    history = read_history(run.events)
    assert history.state == "stopped" and run.engine() is None
    assert history.checkpoint is not None and history.checkpoint.step == history.steps_done > 0


def test_the_explorer_exits_when_its_terminal_vanishes(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        (answerer,) = children(screen.pid)
        os.close(screen.file)
        screen.file = os.open(os.devnull, os.O_RDONLY)
        screen.status = os.waitstatus_to_exitcode(waited(screen.pid))
        assert screen.status == 128 + signal.SIGHUP
        until(lambda: gone([answerer]))


def waited(pid: int) -> int:
    """Wait for a child to end, and return its status."""
    ends: list[int] = []
    until(lambda: ends or ends.extend(status for one, status in [os.waitpid(pid, os.WNOHANG)] if one))
    return ends[0]


def test_an_engine_that_only_answers_ends_soon_after_the_explorer_is_killed(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        (answerer,) = children(screen.pid)
        os.kill(screen.pid, signal.SIGKILL)
        screen.ended()
    assert answerer.is_running()  # it waits for another viewer first
    until(lambda: gone([answerer]), START)


def test_an_export_ends_with_the_explorer(home: Path) -> None:
    with gatescope("watch", "done", size=(120, 40), cwd=home) as screen:
        screen.until("is 0, read as")
        screen.press("e")
        screen.until("─ export ─")
        screen.press("\x13")  # ctrl+s
        screen.until("export: (starting|loading torch)")
        started = children(screen.pid)
        assert len(started) >= 2
        os.kill(screen.pid, signal.SIGTERM)
        assert screen.ended() == 128 + signal.SIGTERM
        until(lambda: gone(started))
    shutil.rmtree(home / "runs" / "done" / "exports", ignore_errors=True)
