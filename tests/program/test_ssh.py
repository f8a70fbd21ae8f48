"""When a real SSH connection breaks, training carries on, and reconnecting shows the complete run."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil
import pytest
from kit.sshd import Server, serving_ssh
from kit.terminal import Terminal, terminal
from kit.viewers import kill_engine, until

from explorer.runs.catalogue import list_runs
from explorer.runs.events import StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events

pytestmark = pytest.mark.slow


class Remote:
    """A user's account on the other machine: folders, and a place for sockets while logged in."""

    def __init__(self, server: Server, place: Path) -> None:
        """Make the folders."""
        self.server = server
        self.home, self.elsewhere, self.runtime = place / "home", place / "else", place / "run"
        self.home.mkdir()
        self.elsewhere.mkdir()
        self.runtime.mkdir(mode=0o700)
        self._env = {"XDG_RUNTIME_DIR": self.runtime, "XDG_STATE_HOME": place / "state", "TMPDIR": place}

    def line(self, cwd: Path, *arguments: str) -> str:
        """Return a shell command that starts the program in a folder there."""
        env = [f"{name}={value}" for name, value in {**self._env, "OMP_NUM_THREADS": "1"}.items()]
        program = ["env", *env, sys.executable, "-m", "explorer", *arguments]
        return f"cd {shlex.quote(str(cwd))} && {shlex.join(program)}"

    def explorer(self, cwd: Path, *arguments: str) -> AbstractContextManager[Terminal]:
        """Run the program over SSH, on a screen."""
        return terminal(self.server.command(self.line(cwd, *arguments), "-tt"), (160, 45), self.home)

    @property
    def run(self) -> RunFolder:
        """The run that was started there."""
        (folder,) = list_runs(self.home / "runs")
        return folder

    @property
    def steps(self) -> list[int]:
        """The steps in its events."""
        return [event.step for event in read_events(self.run.events) if isinstance(event, StepTrained)]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An SSH server on this machine."""
    with tempfile.TemporaryDirectory() as folder, serving_ssh(Path(folder)) as server:
        yield server


@pytest.fixture
def remote(server: Server) -> Iterator[Remote]:
    """Folders with short paths, as sockets need them; no engine outlives the test."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        remote = Remote(server, Path(place))
        yield remote
        for folder in list_runs(remote.home / "runs"):
            kill_engine(folder)
            until(lambda folder=folder: folder.engine_pid() is None)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that haven't ended; a zombie has."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def train_until_the_line_breaks(remote: Remote, kill_server: bool) -> psutil.Process:
    """Start a training in the explorer and kill the connection; return the engine, the only survivor."""
    with remote.explorer(remote.home) as screen:
        screen.until(r"training .*LSTM 128 · mnist")
        screen.until(r"step [1-9]\d*/2,814")
        screen.until(r"is 7, read as \d")
        processes = remote.server.descendants()
        if kill_server:
            for process in [process for process in processes if process.name().startswith("sshd")]:
                process.kill()
        os.kill(screen.pid, signal.SIGKILL)
    (engine,) = [process for process in processes if process.pid == remote.run.engine_pid()]
    assert len(processes) >= 3
    until(lambda: alive(processes) == [engine])
    before = len(remote.steps)
    until(lambda: len(remote.steps) > before + 20)
    return engine


def sees_it_whole(screen: Terminal, remote: Remote) -> None:
    """Expect the run as it is now, its curve from the first step on, and gates from its live weights."""
    recorded = len(remote.steps)
    screen.until(rf"training .*LSTM 128 · mnist .* {remote.run.name}")
    assert int(screen.until(r"step ([\d,]+)/2,814")[1].replace(",", "")) >= recorded
    screen.until(r"^│[ \d.]+[│┤][\u2801-\u28ff]")
    screen.until(r"is 7, read as \d")
    screen.until(r"first 1,000 test samples, evaluated at step [\d,]+: [\d.]+%")


def everything_is_kept(remote: Remote, engine: psutil.Process) -> None:
    """Require the engine to be gone, and nothing missing from the first step to the last checkpoint."""
    until(lambda: not alive([engine]))
    steps = remote.steps
    assert steps == list(range(1, len(steps) + 1))
    newest = max(path.name for path in remote.run.checkpoints.iterdir())
    assert newest == f"step-{len(steps):08}.safetensors"
    until(lambda: not remote.server.descendants())


def test_the_client_dies_and_the_explorer_shows_the_run_again(remote: Remote) -> None:
    engine = train_until_the_line_breaks(remote, kill_server=False)
    with remote.explorer(remote.home) as screen:
        sees_it_whole(screen, remote)
        assert remote.run.engine_pid() == engine.pid
        screen.press("s")
        screen.until(r"stop the training\?")
        screen.press("down", "enter")
        screen.until(r"■ stopped")
        screen.press("q")
        assert screen.ended() == 0
    everything_is_kept(remote, engine)


def test_the_session_dies_with_its_sockets_and_a_script_still_stops_the_run(remote: Remote) -> None:
    engine = train_until_the_line_breaks(remote, kill_server=True)
    # As systemd does when a user's last session ends and the next one begins.
    shutil.rmtree(remote.runtime)
    until(lambda: not (at := remote.run.engine()) or not at.socket.startswith(str(remote.runtime)))
    remote.runtime.mkdir(mode=0o700)
    with remote.explorer(remote.elsewhere, "watch") as screen:
        sees_it_whole(screen, remote)
        done = remote.server.run(remote.line(remote.elsewhere, "stop", remote.run.name))
        assert (done.returncode, done.stderr) == (0, "")
        assert f"stopped at step {len(remote.steps):,}" in done.stdout
        screen.until(r"■ stopped")
        screen.press("q")
        assert screen.ended() == 0
    everything_is_kept(remote, engine)
