"""The one writer of a run's events."""

from __future__ import annotations

import os
from pathlib import Path

from explorer.runs.events import Event, StateChanged, encode
from explorer.runs.files import open_file


class EventWriter:
    """Appends events to `events.jsonl`, each with one `write`, so that a reader sees whole lines.

    One `write` of a step's 200 bytes costs about 5 µs; a state change is also forced to the disk,
    because it is what a reader trusts after a power cut. What a full disk doesn't take is kept, and
    written first as soon as there is room: no event is lost, and none is torn.
    """

    def __init__(self, path: Path) -> None:
        """Open the file for appending, for its owner alone.

        A torn last line, left by an engine that died while writing, is closed with a newline first,
        so that the next event isn't lost with it.
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
        """Write what is kept.

        Raises:
            OSError: there still is no room; what wasn't written is kept.
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
