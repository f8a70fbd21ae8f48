"""A user's machine for the tests: folders, tiny data, and the program as a person types it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from digits import tiny_files, write_files
from viewers import until

from explorer.engine.cache import SOURCES
from explorer.runs.catalogue import list_runs
from explorer.runs.events import StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.reader import EventReader

START = 120.0
"""Seconds that anything with torch in it may take on a busy machine; alone it takes 2 to 10."""
EPOCH = 50
"""Steps of an epoch of the trainings here."""


class Machine:
    """A folder with runs, a folder without, and a little data."""

    def __init__(self, place: Path) -> None:
        """Furnish a place."""
        self.here, self.there, self.empty = (place / name for name in ("here", "there", "empty"))
        for folder in (self.here, self.there, self.empty):
            folder.mkdir()
        write_files(place / "data" / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=200, test=30))
        self.options = ["--data-dir", str(place / "data"), "--hidden", "8", "--batch-size", "4"]
        """Of a training whose every step is fast."""

    def type(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Type a command, here or in another folder."""
        command = [sys.executable, "-m", "explorer", *arguments]
        return subprocess.run(
            command, cwd=cwd or self.here, capture_output=True, text=True, timeout=START, check=False
        )

    def says(self, *arguments: str, cwd: Path | None = None) -> str:
        """What a command prints that works."""
        done = self.type(*arguments, cwd=cwd)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refuses(self, *arguments: str, cwd: Path | None = None, code: int = 1) -> str:
        """The one line of a command that fails."""
        done = self.type(*arguments, cwd=cwd)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done
        return done.stderr.removeprefix("gatescope: ").rstrip()

    def runs(self, cwd: Path | None = None) -> dict[str, dict[str, Any]]:
        """What `runs --json` says, by the runs' names."""
        return {facts["run"]: facts for facts in json.loads(self.says("runs", "--json", cwd=cwd))}

    def run(self, name: str) -> RunFolder:
        """A run that was made here."""
        return RunFolder(self.here / "runs" / name)

    def detach(self, name: str, *options: str) -> RunFolder:
        """Have a run trained in the background that doesn't end by itself before the tests do."""
        self.says("train", "--detach", "--name", name, *self.options, "--epochs", "10000", *options)
        return self.run(name)


@contextmanager
def furnished() -> Iterator[Machine]:
    """A machine of one's own: no run, no socket of anybody else is known there; no engine is left."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        place = Path(folder)  # a short path: sockets need that
        patch.setenv("XDG_STATE_HOME", str(place / "state"))
        patch.setenv("XDG_RUNTIME_DIR", str(place))
        machine = Machine(place)
        yield machine
        for run in list_runs(machine.here / "runs"):
            kill(run)


def kill(run: RunFolder) -> None:
    """End a run's engine as `kill -9` does, if it has one."""
    if pid := run.engine_pid():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: run.engine_pid() is None)


def steps(run: RunFolder) -> list[int]:
    """The steps that a run's events tell."""
    reader, found = EventReader(run.events), list[int]()
    while events := reader.read():
        found += [event.step for event in events if isinstance(event, StepTrained)]
    return found


def goes_on(run: RunFolder) -> None:
    """Wait until a training has come further."""
    before = len(steps(run))
    until(lambda: len(steps(run)) > before, START)


def newest_checkpoint(run: RunFolder) -> int:
    """The step of the newest checkpoint on disk."""
    return max(int(path.stem.removeprefix("step-")) for path in run.checkpoints.iterdir())


def no_terminal() -> None:
    """Something that is no terminal; kept for readers."""
