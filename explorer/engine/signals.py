"""What signals do to an engine: end it where nothing is lost by it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Stopped(Exception):
    """Somebody asked for the end; everything so far is kept."""


class Stoppable(Protocol):
    """What can be asked to end by itself."""

    stop_requested: bool


class Signals:
    """Lets a signal end a training between two batches, and a second one end the process at once.

    Before the training has begun there is nothing to wait for: then `Stopped` is raised where the engine
    just is, in the import of torch for instance, which takes 3 to 10 seconds.
    """

    def __init__(self) -> None:
        """Nothing has arrived."""
        self._stopped = False
        self._raising = False
        self._watched: Stoppable | None = None

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise `Stopped` at once while this lasts.

        Raises:
            Stopped: a signal has arrived, or arrives.
        """
        if self._stopped:
            raise Stopped
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    def watch(self, training: Stoppable) -> None:
        """Ask this training to end when a signal arrives, or has arrived."""
        self._watched = training
        training.stop_requested = training.stop_requested or self._stopped

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Take one signal."""
        if self._stopped:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._stopped = True
        if self._watched is not None:
            self._watched.stop_requested = True
        elif self._raising:
            self._raising = False
            raise Stopped
