"""Signals that the program was started to ignore, by nohup or by a shell's `&`, don't end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.command import run as gatescope
from kit.digits import write_tiny_mnist
from kit.screen import ROOMY, finished_run
from kit.terminal import terminal
from kit.viewers import kill_engine, until

from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.system.signals import ENDING, receiving

START = 60.0
"""Seconds that an engine may take to start on a busy machine."""


@pytest.fixture
def ignored() -> Iterator[signal.Signals]:
    """A signal that is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield signal.SIGHUP
    signal.signal(signal.SIGHUP, before)


def test_a_signal_that_was_ignored_before_stays_so(ignored: signal.Signals) -> None:
    received: list[int] = []
    with receiving(lambda number, frame: received.append(number)):
        for number in ENDING:
            os.kill(os.getpid(), number)
    assert received == [number for number in ENDING if number != ignored]
    assert signal.getsignal(ignored) is signal.SIG_IGN


@pytest.mark.slow
def test_a_training_under_nohup_survives_ctrl_c_and_the_end_of_its_terminal_but_obeys_stop(
    tmp_path: Path,
) -> None:
    write_tiny_mnist(tmp_path)
    run = RunFolder(tmp_path / "runs" / "one")
    options = f"--data-dir {tmp_path} --hidden 8 --batch-size 4 --threads 1 --epochs 9999 --name one"
    script = f"nohup {sys.executable} -m explorer train {options} & wait"
    try:
        with terminal(["sh", "-c", script], ROOMY, tmp_path) as screen:
            until(lambda: read_history(run.events).steps_done > 5, START)
            screen.press("\x03")
            assert screen.ended() == -signal.SIGINT  # the shell, and with it the session
        steps = read_history(run.events).steps_done
        until(lambda: read_history(run.events).steps_done > steps + 20, START)
        assert gatescope("stop", "one", cwd=tmp_path).returncode == 0
        assert read_history(run.events).state == "stopped"
    finally:
        kill_engine(run)


@pytest.mark.slow
def test_an_explorer_that_ignores_the_end_of_its_terminal_still_ends_with_it(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    script = f"trap '' HUP; exec {sys.executable} -m explorer watch one"
    with terminal(["sh", "-c", script], ROOMY, tmp_path) as screen:
        screen.until("gatescope")
        os.close(screen.file)
        screen.file = os.open(os.devnull, os.O_RDONLY)
        until(lambda: os.waitpid(screen.pid, os.WNOHANG)[0], START)
        screen.status = 0


def test_a_drawing_that_ignores_ctrl_c_is_finished() -> None:
    module = "explorer.export.graph.layout_process"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        drawing = subprocess.Popen(
            [sys.executable, "-m", module, "svg"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert drawing.stdin is not None
    drawing.stdin.write(b" " * (1 << 18))  # more than a pipe holds: by now it reads, and has set its signals
    drawing.stdin.flush()
    drawing.send_signal(signal.SIGINT)
    picture, _ = drawing.communicate(b"digraph { a }", timeout=START)
    assert drawing.returncode == 0 and b"<svg" in picture
