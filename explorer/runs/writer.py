"""The only writer of a run's events."""

from __future__ import annotations

import os
from pathlib import Path

from explorer.runs.events import Event, StateChanged, encode
from explorer.runs.files import open_file


class EventWriter:
    """Appends events to `events.jsonl`, each with one `write`, so that a reader sees complete lines.

    One `write` of a step's 200 bytes costs about 5 µs; a state change is also forced to the disk,
    because a reader relies on it after a power cut. What a full disk doesn't take is kept, and written
    first as soon as there is room: no event is lost, and none is torn.
    """

    def __init__(self, path: Path) -> None:
        """Open the file for appending; a new one is private to its owner.

        If an engine died while writing and left a torn last line, it is first ended with a newline, so that
        the next event isn't lost with it.
        """
        self._file = open_file(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        size = os.fstat(self._file).st_size
        torn = size and os.pread(self._file, 1, size - 1) != b"\n"
        self._waiting = b"\n" if torn else b""

    def write(self, event: Event) -> None:
        """Append one event.

        Raises:
            OSError: the disk is full, for instance; the event is kept for the next `flush`.
        """
        self._waiting += encode(event)
        self.flush()
        if isinstance(event, StateChanged):
            self.sync()

    def flush(self) -> None:
        """Write the events that are kept.

        Raises:
            OSError: there is still no room; what wasn't written is kept.
        """
        while self._waiting:
            self._waiting = self._waiting[os.write(self._file, self._waiting) :]

    def sync(self) -> None:
        """Force what was written to the disk.

        Raises:
            OSError: the disk doesn't take it.
        """
        self.flush()
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
