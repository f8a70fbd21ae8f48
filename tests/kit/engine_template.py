"""Engines as real processes, without the seconds that importing torch takes.

Run as a program, this imports everything an engine needs, once, and forks each engine: a line on its
input names a run's folder, a line on its output the engine's process. It is single-threaded, so forking
it is safe.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from kit.viewers import is_alive, kill_engine, until

from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history

PATIENCE = 120.0
"""Seconds for anything on a busy machine; an undisturbed training of 1,000 steps takes 3."""


def steps(folder: RunFolder) -> int:
    """Number of steps recorded so far."""
    return read_history(folder.events).steps_done


class Template:
    """Starts engines."""

    def __init__(self) -> None:
        """Start the process that will be forked."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kit.engine_template"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        self._made: list[RunFolder] = []

    def start(self, folder: RunFolder, largest: int = 0) -> int:
        """Start an engine on a run, with a limit on the size of its files if `largest` isn't 0.

        Returns:
            The engine's process, once it holds the run or has ended.
        """
        print(folder.path, largest, file=self._process.stdin, flush=True)
        pid = int(self._process.stdout.readline())
        self._made.append(folder)
        until(lambda: folder.engine_pid() == pid or not is_alive(pid), PATIENCE)
        return pid

    def train(self, folder: RunFolder) -> int:
        """Start an engine; returns its process once it trains."""
        before = steps(folder)
        pid = self.start(folder)
        until(lambda: steps(folder) > before + 2 or not is_alive(pid), PATIENCE)
        assert is_alive(pid), folder.log.read_text()
        return pid

    def close(self) -> None:
        """Stop all engines, and start no more."""
        self._process.stdin.close()
        self._process.wait()
        for folder in self._made:
            kill_engine(folder)


def main() -> None:
    import explorer.engine.loop
    import explorer.engine.server  # noqa: F401 - torch, and everything else that an engine uses
    from explorer.engine.lifecycle import train

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # reap the engines automatically
    for line in sys.stdin:
        path, largest = line.rsplit(maxsplit=1)
        pid = os.fork()
        if pid == 0:
            become_engine(train, RunFolder(Path(path)), int(largest))
        print(pid, flush=True)


def become_engine(train, folder: RunFolder, largest: int) -> None:
    """Do what `python -m explorer engine FOLDER` does."""
    import resource

    os.setsid()
    log = os.open(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in (1, 2):
        os.dup2(log, number)
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    code = 1
    try:
        train(folder)
        code = 0
    except Exception as error:
        print(f"gatescope: {error}", flush=True)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
