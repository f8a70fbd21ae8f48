"""A rank that never comes can be waited out: signals and `gatescope stop` end the waiting at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit.command import run as gatescope
from kit.viewers import until

from explorer.runs.events import StateChanged
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events

pytestmark = pytest.mark.slow

PATIENCE = 120.0
"""Seconds that importing torch may take on a busy machine."""
AT_ONCE = 10.0
"""Seconds within which a process has to end, on a busy machine; it takes one."""
WAITS = ("preparing", "waiting for rank 1")
"""What is recorded while the other process is missing."""


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def alone(place: Path, rank: int, name: str = "one") -> Iterator[subprocess.Popen[str]]:
    """One of two processes that torchrun would start on two machines; the other never comes."""
    torchrun = {
        **{"TORCHELASTIC_RUN_ID": "none", "RANK": str(rank), "WORLD_SIZE": "2"},
        **{"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"},
        **{"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())},
    }
    options = ["--name", name, "--data-dir", str(place), "--hidden", "4", "--threads", "1", "--epochs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", "train", "--runs-dir", str(place / "runs"), *options],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "stdin": subprocess.DEVNULL},
        env={**os.environ, **torchrun},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def states(run: RunFolder) -> list[tuple[str, str]]:
    """The states that a run has recorded, and why."""
    return [(one.state, one.reason) for one in read_events(run.events) if isinstance(one, StateChanged)]


def ended(process: subprocess.Popen[str], code: int) -> str:
    """Wait for the end that was asked for; return what the process said."""
    assert process.wait(AT_ONCE) == code
    assert process.stdout is not None
    return process.stdout.read()


def test_the_first_process_says_for_whom_it_waits_and_ends_at_a_signal(place: Path) -> None:
    run = RunFolder(place / "runs" / "signal")
    with alone(place, 0, run.name) as process:
        until(lambda: process.poll() is not None or WAITS in states(run), PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert "stopped after 0 steps" in ended(process, 130)
    assert states(run)[-1] == ("stopped", "") and run.engine() is None


def test_while_the_first_process_waits_it_refuses_a_pause_and_obeys_a_stop(place: Path) -> None:
    run = RunFolder(place / "runs" / "asked")
    with alone(place, 0, run.name) as process:
        until(lambda: process.poll() is not None or WAITS in states(run), PATIENCE)
        done = gatescope("pause", run.name, "--runs-dir", str(place / "runs"), cwd=place)
        assert done.stderr == f"gatescope: run {run.name}: the training still waits for its other processes\n"
        assert done.returncode == 1
        done = gatescope("stop", run.name, "--runs-dir", str(place / "runs"), cwd=place)
        assert (done.returncode, done.stdout) == (0, f"run {run.name} stopped at step 0\n"), done.stderr
        ended(process, 130)
    assert states(run)[-1] == ("stopped", "")


def test_a_process_whose_first_never_comes_ends_at_ctrl_c(place: Path) -> None:
    with alone(place, 1) as process:
        assert process.stdout is not None
        assert "gatescope: rank 1 is waiting for rank 0 at 127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert ended(process, 130).strip() == "gatescope: stopped"
