"""Starting an engine that outlives the program that starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.files import last_line, open_file

START = str(Path(__file__).parents[1] / "start.py")
"""The file with which a process of ours begins."""
COMPLAINT = "gatescope: "
"""How the line begins that an engine ends with when it fails."""


def program() -> list[str]:
    """The beginning of the command line of a process of ours.

    `START` is run by its path, since another package `explorer` may come first on PYTHONPATH. `-P` keeps its
    folder, with all our rooms, off Python's path.
    """
    return [sys.executable, "-P", START]


class StartedEngine(subprocess.Popen[bytes]):
    """The process of an engine, or of a race's supervisor, as seen by the program that started it.

    Its output stays readable here, even when the engine has removed its run's folder with the log in it.
    """

    def __init__(self, arguments: list[str], log: int, command: str = "engine") -> None:
        """Start `gatescope engine …` in a session of its own; `log`, an open file, takes its output.

        A session of its own has no terminal, so closing the terminal or losing SSH sends it no signal.

        Raises:
            OSError: the process can't be started.
        """
        self._log = log
        self._began = os.fstat(log).st_size
        super().__init__(
            [*program(), command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def __del__(self) -> None:
        """Close the log."""
        super().__del__()
        os.close(self._log)

    def last_words(self) -> str:
        """The last line that it printed, without `gatescope: `; empty if there is none."""
        with suppress(OSError):
            return last_line(self._log, self._began).removeprefix(COMPLAINT)
        return ""

    def require_no_failure(self, what: str, hint: str = "") -> None:
        """Raise what it said if it has failed; an exit code below 0 is the number of a signal.

        Args:
            what: what it is, for a person: `the engine`.
            hint: what else is known if it was killed.

        Raises:
            UsageError: it was asked for something that makes no sense.
            GatescopeError: it failed otherwise.
        """
        code = self.poll() or 0
        if code < 0:
            raise GatescopeError(f"{what} was killed by signal {-code}{hint}")
        if code > 0:
            said = self.last_words() or f"{what} ended with exit code {code}"
            raise (UsageError if code == 2 else GatescopeError)(said)


def start_engine(folder: RunFolder, *arguments: str) -> StartedEngine:
    """Start the engine of a run; what it prints goes to the run's `engine.log`.

    Raises:
        OSError: the log can't be written, or the process can't be started.
    """
    log = open_file(folder.log, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    return StartedEngine([str(folder.path.resolve()), *arguments], log)


def start_read_only(socket: Path) -> StartedEngine:
    """Start an engine that answers about any run; what it prints goes to a file without a name, beside its
    socket: there may be no other folder that can be written.

    Raises:
        OSError: there is no room for that file, or the process can't be started.
    """
    with tempfile.TemporaryFile(dir=socket.parent) as log:
        return StartedEngine(["--read-only", str(socket)], os.dup(log.fileno()))


def start_supervisor(folders: Sequence[RunFolder]) -> StartedEngine:
    """Start what starts the engines of a race's runs in their turns; what it prints goes to a file without a
    name in the folder of the first.

    Raises:
        OSError: there is no room for that file, or the process can't be started.
    """
    paths = [folder.path.resolve() for folder in folders]
    with tempfile.TemporaryFile(dir=paths[0]) as log:
        return StartedEngine([str(path) for path in paths], os.dup(log.fileno()), command="supervise")
