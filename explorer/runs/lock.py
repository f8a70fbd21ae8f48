"""One engine a run: the lock that it holds while it lives."""

from __future__ import annotations

import fcntl
import os
import time

from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder


class EngineLock:
    """Held by the one engine of a run."""

    def __init__(self, folder: RunFolder) -> None:
        """Take the lock.

        Raises:
            GatescopeError: another engine holds it, or the run's folder can't be written.
        """
        try:
            self._file = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise GatescopeError(f"cannot write {folder.lock}: {error.strerror}") from None
        # A viewer that asks who is alive holds a shared lock for some microseconds: hence the tries.
        for _ in range(50):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
        else:
            os.close(self._file)
            pid = folder.engine_pid()
            raise GatescopeError(f"run {folder.name} already has an engine (process {pid})")
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go."""
        os.close(self._file)
