"""One engine a run: the lock that it holds while it lives, and what stands in it.

The kernel drops the lock when the process dies, however it dies: so whether a run has an engine is known
at once, and never depends on a timeout or on a process id that somebody else has got meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from threading import Lock

import msgspec

from explorer.runs.errors import GatescopeError
from explorer.runs.files import open_file

SIZE = 1024
"""Bytes of the file, reserved when the lock is taken: on a full disk they still can be overwritten."""
LONGEST = 300
"""Characters of `Engine.trouble`."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """What a living engine says of itself in its lock."""

    pid: int = 0
    """Its process; 0 while nobody knows."""
    socket: str = ""
    """Where it answers; empty while it doesn't."""
    trouble: str = ""
    """Why it can't write events, in one line; empty while it can."""


class EngineLock:
    """Held by the one engine of a run."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            GatescopeError: another engine holds it, or the file can't be written.
        """
        self._engine = Engine(pid=os.getpid())
        self._saying = Lock()
        try:
            self._file = open_file(path, os.O_RDWR | os.O_CREAT)
            try:
                self._take(path)
                self._write()
            except BaseException:
                os.close(self._file)
                raise
        except OSError as error:
            raise GatescopeError(f"cannot write {path}: {error.strerror}") from None

    def say(self, *, socket: str | None = None, trouble: str | None = None) -> None:
        """Change what stands in the file; None: as before.

        Raises:
            OSError: not even that can be written.
        """
        with self._saying:  # the inbox has a thread of its own
            known = self._engine
            self._engine = Engine(
                pid=known.pid,
                socket=known.socket if socket is None else socket,
                trouble=known.trouble if trouble is None else trouble[:LONGEST],
            )
            self._write()

    def release(self) -> None:
        """Let go."""
        os.close(self._file)

    def _take(self, path: Path) -> None:
        """Lock the file; a viewer that asks who is alive holds it for some microseconds: hence the tries."""
        for _ in range(50):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                return
        other = read_lock(path)
        pid = other.pid if other else 0
        name = path.parent.name
        raise GatescopeError(
            f"run {name} is already training (process {pid}); watch it with `gatescope watch {name}`"
        )

    def _write(self) -> None:
        """Overwrite the file in place, with blanks up to its full size."""
        os.pwrite(self._file, msgspec.json.encode(self._engine).ljust(SIZE), 0)


def read_lock(path: Path) -> Engine | None:
    """What the living engine says of itself; None where none holds the lock."""
    try:
        with os.fdopen(open_file(path), "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _decode(file.read(4 * SIZE))
    except OSError:
        return None
    return None


def _decode(content: bytes) -> Engine:
    """What stands in a lock; nothing is known where it is being written, or damaged."""
    try:
        return msgspec.json.decode(content, type=Engine)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Engine()
