"""How signals end an engine: only where nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Stopped(Exception):
    """A stop was requested; everything so far is kept."""


class Stoppable(Protocol):
    """Something that can be asked to end."""

    stop_requested: bool


class Signals:
    """Lets a signal end a training between two batches, and a second one end the process at once.

    Before the training has begun there is nothing to wait for, so `Stopped` is raised wherever the engine
    is: for instance in the import of torch, which takes 3 to 10 seconds.
    """

    def __init__(self) -> None:
        """No signal has arrived yet."""
        self._stopped = False
        self._raising = False
        self._watched: Stoppable | None = None

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise `Stopped` as soon as a signal arrives, while this context lasts.

        Raises:
            Stopped: a signal arrives, or has arrived before.
        """
        if self._stopped:
            raise Stopped
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    def watch(self, training: Stoppable) -> None:
        """Ask this training to end when a signal arrives, or if one already has."""
        self._watched = training
        training.stop_requested = training.stop_requested or self._stopped

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handle one signal."""
        if self._stopped:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._stopped = True
        if self._watched is not None:
            self._watched.stop_requested = True
        elif self._raising:
            self._raising = False
            raise Stopped
