"""The thread that waits for the terminal, so that the event loop never does."""

from __future__ import annotations

import time
from threading import Condition, Thread
from typing import TextIO

from explorer.ui.terminal.budget import Budget
from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.grid import Grid

PIECE = 4096
"""Characters sent at a time to a slow terminal: a key's effect waits for no more than these."""
LAST_WORDS = 2.0
"""Seconds that a terminal has to take what is left when the program exits."""


class Writer(Thread):
    """Sends what differs, as fast as the terminal takes it.

    Frames that are out of date before they can be sent are dropped.
    """

    def __init__(self, file: TextIO, grid: Grid, budget: Budget) -> None:
        """Prepare to write to a file; `start` begins."""
        super().__init__(name="terminal", daemon=True)
        self._file = file
        self._grid = grid
        self._budget = budget
        self._ready = Condition()
        self._closed = False

    def show(self, frame: Frame) -> None:
        """Take what the terminal should show; never waits for the terminal."""
        with self._ready:
            self._grid.take(frame)
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

    def close(self) -> None:
        """Send what is left, and end."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self.join(LAST_WORDS)

    def run(self) -> None:
        """Send until closed."""
        while (output := self._next()) is not None:
            began = time.monotonic()
            try:
                self._file.write(output)
                self._file.flush()
            except OSError:
                return  # the terminal is gone; the signal that says so ends the program
            self._budget.spend(len(output.encode()), time.monotonic() - began)

    def _next(self) -> str | None:
        """What to send next; None at the end."""
        with self._ready:
            while True:
                if self._grid.pending:
                    output = self._grid.difference(PIECE if self._budget.slow else None)
                    if output:
                        return output
                elif self._closed:
                    return None
                else:
                    self._ready.wait()
