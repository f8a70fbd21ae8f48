"""The thread that waits for the terminal, so that the event loop never does."""

from __future__ import annotations

import time
from threading import Condition, Thread
from typing import TextIO

from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.grid import Grid
from explorer.ui.terminal.pace import QUESTION, Pace

LAST_WORDS = 2.0
"""Seconds that a terminal has to take what is left when the program exits."""
LAST_REPLIES = 1.0
"""Seconds that it has before that to reply: a reply that comes later would be read by the shell."""


class Writer(Thread):
    """Sends what differs, as fast as the terminal takes it.

    What was overtaken before it could be sent is dropped.
    """

    def __init__(self, file: TextIO, grid: Grid, pace: Pace) -> None:
        """Prepare to write to a file; `start` begins."""
        super().__init__(name="terminal", daemon=True)
        self._file = file
        self._grid = grid
        self._pace = pace
        self._ready = Condition()
        self._listening: bool | None = None
        self._closed = False
        pace.begin()

    def show(self, frame: Frame) -> None:
        """Take what the terminal should show; never waits for the terminal."""
        with self._ready:
            self._grid.take(frame)
            self._pace.backlog = True
            self._ready.notify()

    def write(self, sequence: str) -> None:
        """Take what Textual writes that is not a frame."""
        with self._ready:
            self._grid.pass_on(sequence)
            self._ready.notify()

    def resize(self, width: int, height: int) -> None:
        """Note that the terminal has, or had meanwhile, another size."""
        with self._ready:
            self._grid.resize(width, height)
            self._ready.notify()

    def forget(self) -> None:
        """Send everything again."""
        with self._ready:
            self._grid.forget()
            self._ready.notify()

    def replied(self) -> None:
        """Note that the terminal has replied to the oldest question."""
        with self._ready:
            self._pace.replied()
            self._ready.notify_all()

    def listen(self) -> None:
        """Ask the terminal for replies from now on: somebody reads them."""
        with self._ready:
            self._listening = True
            self._ready.notify_all()

    def hush(self) -> None:
        """Ask no more, show no more, and wait for the last replies: the program is about to leave."""
        with self._ready:
            self._listening = False
            self._ready.notify_all()
            self._ready.wait_for(lambda: self._pace.quiet, LAST_REPLIES)

    def close(self) -> None:
        """Send what is left, and end."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        self.join(LAST_WORDS)

    def run(self) -> None:
        """Send until closed."""
        while (output := self._next()) is not None:
            if not self._write(output):
                return  # the terminal is gone; the signal that says so ends the program

    def _write(self, output: str) -> bool:
        """Write to the terminal; false if it is gone."""
        size, asking = len(output.encode()), output.endswith(QUESTION)
        self._pace.sending(size, asking)
        began = time.monotonic()
        try:
            self._file.write(output)
            self._file.flush()
        except OSError:
            return False
        self._pace.sent(size, time.monotonic() - began, asking)
        return True

    def _next(self) -> str | None:
        """What to send next; None at the end."""
        with self._ready:
            while True:
                question = QUESTION if self._listening and self._pace.asks else ""
                if question and not self._pace.asked_before:
                    return question
                room = 0 if self._listening is False else self._pace.room
                if self._grid.verbatim or (self._grid.pending and room != 0):
                    output = self._grid.difference(room)
                    self._pace.backlog = self._grid.pending
                    if output:
                        return output + question
                elif self._closed:
                    return None
                else:
                    overdue = self._pace.overdue if question else None
                    if not self._ready.wait(overdue):
                        return question
