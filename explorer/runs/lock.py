"""One engine per run: the lock that it holds while it lives, and what the lock's file says.

The kernel releases the lock when the process dies, however it dies. So whether a run has an engine is
known at once, and never depends on a timeout or on a process id that may belong to another process by now.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path
from threading import Lock

import msgspec

from explorer.system.errors import GatescopeError
from explorer.system.files import identity, open_file, status_of
from explorer.system.place import Away, Place, here

SIZE = 4096
"""Bytes of the file, reserved when the lock is taken: they can be overwritten even on a full disk."""
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.ESTALE, errno.ETIMEDOUT})
"""Errors that say nothing about the file: a moment later it may be there."""
LONGEST_TROUBLE = 300
"""The most characters of `Engine.trouble`."""
WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})
"""What the system says where a file can't be locked: some network file systems have no locks."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """What a living engine says of itself in its lock."""

    pid: int = 0
    """Its process; 0 if it isn't known."""
    socket: str = ""
    """The path of its socket; empty while it has none."""
    trouble: str = ""
    """Why it can't write events, in one line; empty while it can."""
    ended: str = ""
    """How it ended, if it couldn't write that into the events, in one line; else empty."""
    place: Place = Place()
    """Where it runs, and as whom; empty in the locks of older versions."""

    @property
    def away(self) -> Away | None:
        """Where it runs, if nothing from here can reach it there: neither a request nor a signal."""
        return self.place.away_from(here())

    @property
    def has_our_pid(self) -> bool:
        """Whether `pid` is surely its process id here as well."""
        return bool(self.pid) and bool(self.place.user) and self.away is None


class EngineLock:
    """Held by the one engine of a run."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            GatescopeError: another engine holds it, or the file can't be written.
        """
        self._engine = Engine(pid=os.getpid(), place=here())
        self._write_lock = Lock()
        self._gone_since: float | None = None
        try:
            self._file = open_file(path, os.O_RDWR | os.O_CREAT)
            try:
                self._take(path)
                self._write()
            except BaseException:
                os.close(self._file)
                raise
        except OSError as error:
            raise GatescopeError(f"can't write {path}: {error.strerror}") from None

    def say(self, *, socket: str | None = None, trouble: str | None = None, ended: str | None = None) -> None:
        """Change what the file says; None: unchanged. Once the lock is released, this does nothing.

        Raises:
            OSError: even this can't be written.
        """
        with self._write_lock:  # the server has a thread of its own
            known = self._engine
            self._engine = msgspec.structs.replace(
                known,
                socket=known.socket if socket is None else socket,
                trouble=known.trouble if trouble is None else trouble[:LONGEST_TROUBLE],
                ended=known.ended if ended is None else ended[:LONGEST_TROUBLE],
            )
            if self._file >= 0:
                self._write()

    def follow(self, path: Path, patience: float, within: int) -> None:
        """Lock the file that has the lock's name by now, if another took it or it is gone: `git clean`, say.

        Args:
            path: the run's lock.
            within: the run's folder, held open. `path` may name the lock of a new run by now, however short
                ago it was right, and that must not be touched.
            patience: seconds that it must have been gone: `rm -rf` may be removing everything.

        Raises:
            GatescopeError: another engine holds it.
            OSError: it can't be written.
        """
        now = time.monotonic()
        try:
            ours = identity(status_of(path, within)) == identity(os.fstat(self._file))
        except FileNotFoundError:
            self._gone_since = now if self._gone_since is None else self._gone_since
            ours = now - self._gone_since < patience
        else:
            self._gone_since = None
        if not ours:
            self._replace(path, within)

    def _replace(self, path: Path, within: int) -> None:
        """Hold another file in place of this one, or else still this one."""
        with self._write_lock:
            old, self._file = self._file, open_file(path, os.O_RDWR | os.O_CREAT, within)
            try:
                self._take(path)
                self._write()
            except BaseException:
                os.close(self._file)
                self._file = old
                raise
            os.close(old)

    def release(self) -> None:
        """Release the lock; from now on the file is the next engine's."""
        with self._write_lock:
            os.close(self._file)
            self._file = -1  # the number may belong to another file by now

    def _take(self, path: Path) -> None:
        """Lock the file, with retries: a viewer that checks for an engine holds it for some microseconds."""
        for _ in range(50):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            except OSError as error:
                if error.errno not in WITHOUT_LOCKS:
                    raise
                place = f"{path.parent.parent} is on a file system without locks ({error.strerror})"
                raise GatescopeError(f"{place}; use another --runs-dir") from None
            else:
                return
        other, name = read_lock(path) or Engine(), path.parent.name
        if other.away is not None:
            cure = f"stop it {other.away.there}, or watch it with `gatescope watch {name}`"
            raise GatescopeError(f"run {name} is already training {other.away.where}; {cure}")
        raise GatescopeError(
            f"run {name} is already training (process {other.pid}); watch it with `gatescope watch {name}`"
        )

    def _write(self) -> None:
        """Overwrite the file in place, padded with spaces to its full size."""
        os.pwrite(self._file, msgspec.json.encode(self._engine).ljust(SIZE), 0)


def read_lock(path: Path) -> Engine | None:
    """What the living engine says of itself; None if none holds the lock.

    Where that can't be found out now, there may be one: an `Engine` of which nothing is known. Otherwise a
    viewer with too many files open would call a training lost, and `gatescope` would delete it.
    """
    try:
        with os.fdopen(open_file(path), "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _decode(file.read(SIZE))
    except OSError as error:
        return Engine() if error.errno in _PASSING else None
    return None


def read_last(path: Path) -> Engine:
    """What the newest engine said of itself last, whether it lives or not; empty if that isn't known."""
    try:
        with os.fdopen(open_file(path), "rb") as file:
            return _decode(file.read(SIZE))
    except OSError:
        return Engine()


def _decode(content: bytes) -> Engine:
    """What the file says; an empty `Engine` if it is damaged or just being written."""
    try:
        return msgspec.json.decode(content, type=Engine)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Engine()
