"""A real program in a real pseudo-terminal, seen through an emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte

PATIENCE = 60.0
"""Seconds that anything on the screen may take: a loaded machine imports torch in 20."""

# What pyte prints or misreads: ctrl+c, private modes with < = >, window queries, string sequences.
_UNKNOWN = re.compile(
    rb"\x03|\x1b\[[<=>][\d;]*[@-~]|\x1b\[\?[\d;]*\$p|\x1b[P_^X].*?\x1b\\|\x1b\[\d*(?:;\d+)*t", re.S
)


_OURS = ("NO_COLOR", "COLUMNS", "LINES")
"""Variables with which the terminal that runs the tests may describe itself."""


class Terminal:
    """One program on a screen of a fixed size."""

    def __init__(self, command: list[str], size: tuple[int, int], cwd: Path, **env: str) -> None:
        """Start a command on a screen of `size` columns and rows."""
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.status: int | None = None
        ours = {name: value for name, value in os.environ.items() if name not in _OURS}
        environment = {**ours, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env}
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                os.chdir(cwd)
                _resize(0, size)
                os.execvpe(command[0], command, environment)
            os._exit(127)
        _resize(self.file, size)

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(self.screen.display)

    def resize(self, columns: int, rows: int) -> None:
        """Change the screen's size, as when a window is dragged."""
        self.screen.resize(rows, columns)
        _resize(self.file, (columns, rows))

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.send({"enter": "\r", "escape": "\x1b", "down": "\x1b[B"}.get(key, key).encode())

    def send(self, data: bytes) -> None:
        """Send bytes while the program runs: one that has ended reads nothing, and the sender would block."""
        assert self._alive(), f"the program ended with {self.status} and shows\n{self.text}"
        os.write(self.file, data)

    def running(self) -> bool:
        """Whether the program still runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG) if self.status is None else (0, 0)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def _alive(self) -> bool:
        """Whether the program still runs; when it doesn't, all its output has been read."""
        if self.status is not None or self.running():
            return self.status is None
        while self.read(0.01) and select.select([self.file], [], [], 0)[0]:
            pass
        return False

    def read(self, seconds: float = 0.05) -> bool:
        """Read the program's output; false when it has ended."""
        if not select.select([self.file], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.file, 1 << 16)
        except OSError:
            return False
        self.show(data)
        return bool(data)

    def show(self, data: bytes) -> None:
        """Show what was read, and reply to questions in it."""
        self.bytes += data
        for _ in range(data.count(b"\x1b[6n")):  # as a terminal that has read so far
            os.write(self.file, b"\x1b[1;1R")
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def settle(self, quiet: float = 0.2) -> None:
        """Read the program's output until it has been quiet for `quiet` seconds, less than a cursor's blink.

        Pressing keys faster than their output is read only makes the backlog longer.
        """
        deadline = time.monotonic() + PATIENCE
        while select.select([self.file], [], [], quiet)[0] and time.monotonic() < deadline:
            if not self.read():
                return

    def until(self, pattern: str, seconds: float = PATIENCE) -> re.Match[str]:
        """Wait until the screen matches; shows the screen when it never does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text, re.M)
            if found:
                return found
            if not self.read():
                break
        raise AssertionError(f"never saw {pattern!r} on\n{self.text}")

    def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for the program to end, and return its exit code."""
        deadline = time.monotonic() + seconds
        while self._alive() and time.monotonic() < deadline:
            self.read()
        assert self.status is not None, f"the program didn't end; it shows\n{self.text}"
        return self.status

    def close(self) -> None:
        """End the program, whatever it is doing."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.file)


def _resize(file: int, size: tuple[int, int]) -> None:
    """Tell the terminal its size."""
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))


@contextlib.contextmanager
def gatescope(*arguments: str, size: tuple[int, int], cwd: Path, **env: str) -> Iterator[Terminal]:
    """Run gatescope in a terminal."""
    with terminal([sys.executable, "-m", "explorer", *arguments], size, cwd, **env) as shown:
        yield shown


@contextlib.contextmanager
def terminal(command: list[str], size: tuple[int, int], cwd: Path, **env: str) -> Iterator[Terminal]:
    """Run any command in a terminal; end it when the test is done with it."""
    shown = Terminal(command, size, cwd, **env)
    try:
        yield shown
    finally:
        shown.close()
