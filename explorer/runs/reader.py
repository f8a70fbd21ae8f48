"""Reading a run's events while they are written, or years later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from explorer.runs.events import AnyEvent, EventDecoder, RunStarted, decode, decode_all
from explorer.system.files import open_file

CHUNK = 1 << 16
"""Bytes read at a time: some 250 steps, which stay in the processor's cache. From 128 KB on, malloc asks the
system for fresh pages each time: a million steps took 1.4 times as long."""
LONGEST_LINE = 1 << 20
"""Bytes of the longest line read as an event; a longer one is skipped without being kept in memory."""

REMEMBERED = 64
"""Bytes before the place where it stopped that must be the same when it goes on: a new file may have the
inode of one that was deleted, and a file can be written over."""


class EventReader:
    """Reads `events.jsonl`, each time from where it last stopped.

    The beginning of an unfinished last line is kept until the rest arrives. A line that isn't an event is
    skipped and counted in `bad_lines`; everything around it is kept.
    """

    def __init__(self, path: Path, decoder: EventDecoder | None = None) -> None:
        """Follow a file.

        Args:
            path: the file, which need not exist yet.
            decoder: what reads a line; None: the one that reads all of it.
        """
        self.path = path
        self._decoder = () if decoder is None else (decoder,)
        self.bad_lines = 0
        """Lines so far that are not events."""
        self.restarts = 0
        """How often the file turned out to be a different one, and was read from its start again."""
        self.refused: OSError | None = None
        """Why the file, which is there, couldn't be read at the last try; None if it could."""
        self._offset = 0
        self._tail = b""
        self._skipping = False
        self._inode: int | None = None
        self._last = b""

    def read(self) -> list[AnyEvent]:
        """The next events, about a chunk of them; empty when there is nothing new."""
        return next(self.stream(), [])

    def stream(self) -> Iterator[list[AnyEvent]]:
        """The events that are new, about a chunk at a time; from the start in a new file.

        The file is opened once: opened for each chunk, a million steps took 0.1 s longer.
        """
        self.refused = None
        try:
            with os.fdopen(open_file(self.path), "rb", buffering=0) as file:
                handle = file.fileno()
                status = os.fstat(handle)
                if self._inode not in (None, status.st_ino) or status.st_size < self._offset:
                    self._restart()
                self._inode = status.st_ino
                if status.st_size == self._offset:
                    return
                if os.pread(handle, len(self._last), self._offset - len(self._last)) != self._last:
                    self._restart()
                while chunk := os.pread(handle, CHUNK, self._offset):
                    self._offset += len(chunk)
                    self._last = (self._last + chunk[-REMEMBERED:])[-REMEMBERED:]
                    if events := self._events(chunk):
                        yield events
        except FileNotFoundError:
            return
        except OSError as error:
            self.refused = error

    def _restart(self) -> None:
        """Begin again, with a file that is a different one."""
        self._offset, self._tail, self._skipping, self._last = 0, b"", False, b""
        self.restarts += 1
        self.bad_lines = 0

    def _events(self, chunk: bytes) -> list[AnyEvent]:
        """Split a chunk into lines, and decode the complete ones."""
        data = self._tail + chunk
        end = data.rfind(b"\n") + 1
        start = data.find(b"\n") + 1 if self._skipping else 0
        self._skipping = self._skipping and not end
        lines, self._tail = data[start:end], data[end:]
        if len(self._tail) > LONGEST_LINE:
            self.bad_lines += not self._skipping
            self._tail, self._skipping = b"", True
        events, bad = decode_lines(lines, *self._decoder)
        self.bad_lines += bad
        return events


def decode_lines(lines: bytes, *decoder: EventDecoder) -> tuple[list[AnyEvent], int]:
    """The events of complete lines, and how many lines are not events; one by one only if some are not."""
    if lines.find(b"\n") <= LONGEST_LINE and (events := decode_all(lines, *decoder)) is not None:
        return events, 0
    filled = [line for line in lines.split(b"\n") if line.strip()]
    decoded = [decode(line, *decoder) for line in filled if len(line) <= LONGEST_LINE]
    events = [event for event in decoded if event is not None]
    return events, len(filled) - len(events)


def read_events(path: Path) -> Iterator[AnyEvent]:
    """All events of a run so far; `path` is its `events.jsonl`."""
    for events in EventReader(path).stream():
        yield from events


def read_start(path: Path) -> RunStarted | None:
    """How a run's first engine started; None if none has, or the file can't be read.

    It is one of the first lines: before it, an engine only says what it is loading.
    """
    return next((event for event in EventReader(path).read() if isinstance(event, RunStarted)), None)
