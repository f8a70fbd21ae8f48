"""The only writer of a run's events."""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from typing import Literal

from explorer.runs.events import AnyEvent, Event, StateChanged, decode, encode
from explorer.runs.reader import LONGEST_LINE, EventReader
from explorer.system.files import Stamp, identity, open_file, stamp_of, status_of

SETTLED_SECONDS = 0.9
"""How long another file must have been there, unchanged, before it is written to: an editor may still be
writing it. A file that is missing isn't made again earlier: `rm -rf` would find its folder not empty."""
Change = Literal["", "replaced", "truncated"]
"""What happened to the file that was written to, if anything."""
NEWEST_KNOWN = 1000
"""How many of another file's newest events are looked for among those written."""


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
        self._waiting = b"\n" if _torn(self._file) else b""
        self._other: Stamp | None = None
        self._other_since = 0.0
        self._refusal: OSError | None = None
        self._end = os.fstat(self._file).st_size
        self._short_since: float | None = None

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
            OSError: there is still no room, or another file has taken its place and can't be written; what
                wasn't written is kept.
        """
        if self._refusal is not None:
            raise self._refusal
        while self._waiting:
            written = os.write(self._file, self._waiting)
            self._waiting, self._end = self._waiting[written:], self._end + written

    def sync(self) -> None:
        """Force what was written to the disk.

        Raises:
            OSError: the disk doesn't take it.
        """
        self.flush()
        os.fsync(self._file)

    def follow(self, path: Path, patience: float = SETTLED_SECONDS, within: int | None = None) -> Change:
        """Go on in the file that `path` names by now, if that is another one; `flush` writes what it lacks.

        An editor, `sed -i`, a sync client or `git stash` leaves another file under the same name; what was
        written since is then in a file without a name. A file that is missing is made again. What was cut off
        from the same file, by `> events.jsonl`, can't be written again.

        Args:
            path: the `events.jsonl` of the run's folder.
            patience: seconds that the other file must have been there, or none, without a change; or that
                this one must have been too short.
            within: that folder, held open: `path` may name the events of a new run by now.

        Returns:
            Whether it is another file, or this one has lost some of what was written.

        Raises:
            OSError: it can't be opened; nothing is written until it can.
        """
        try:
            status = status_of(path, within)
        except FileNotFoundError:
            status = None
        except OSError:  # a network that stalls, for instance
            return ""
        if status is not None and identity(status) == identity(os.fstat(self._file)):
            self._other, self._refusal = None, None
            return self._check_size(status.st_size, patience)
        other = stamp_of(status) if status else ()
        if other != self._other:
            self._other, self._other_since = other, time.monotonic()
        if time.monotonic() - self._other_since < patience:
            return ""
        try:
            file = open_file(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, within)
        except OSError as error:
            self._refusal = error
            raise
        old, self._file, self._other, self._refusal = self._file, file, None, None
        self._end, self._short_since = os.fstat(file).st_size, None
        torn, missing = _torn(file), _missing_from(path, old)
        if missing.startswith(torn):
            missing = missing[len(torn) :]
        elif torn:
            missing = b"\n" + missing
        self._waiting = missing + self._waiting
        os.close(old)
        return "replaced"

    def _check_size(self, size: int, patience: float) -> Change:
        """Compare the size of the file with what it should be; end a line that was cut off with a newline."""
        if size >= self._end:
            self._short_since = None
            return ""
        now = time.monotonic()
        self._short_since = now if self._short_since is None else self._short_since
        if now - self._short_since < patience:
            return ""
        self._end, self._short_since = size, None
        if _torn(self._file):
            self._waiting = b"\n" + self._waiting
        return "truncated"

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _torn(file: int) -> bytes:
    """The end of a file without its last newline; nothing if every line is complete."""
    size = os.fstat(file).st_size
    return os.pread(file, LONGEST_LINE, max(0, size - LONGEST_LINE)).rpartition(b"\n")[2]


def _missing_from(path: Path, written: int) -> bytes:
    """The lines of an open file that come after the newest event it has in common with the file at `path`.

    All of them if nothing is in common. Events are compared, not lines, which an editor may have changed.
    """
    newest: deque[tuple[type, float, int]] = deque(maxlen=NEWEST_KNOWN)
    reader = EventReader(path)
    while events := reader.read():
        newest.extend(map(_key, events))
    known = set(newest)
    after = position = 0
    with os.fdopen(os.dup(written), "rb") as lines:
        lines.seek(0)
        for line in lines:
            position += len(line)
            if (event := decode(line)) is not None and _key(event) in known:
                after = position
        lines.seek(after)
        return lines.read()


def _key(event: AnyEvent) -> tuple[type, float, int]:
    """What an event is known by, however its line is written."""
    return type(event), event.time, getattr(event, "step", 0)
