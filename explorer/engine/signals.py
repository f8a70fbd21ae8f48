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
    """A training, which can be asked to end."""

    def interrupt(self) -> None:
        """End between two batches; at the second call, as soon as everything is saved."""


class Signals:
    """Lets a signal end a training between two batches.

    A second signal skips what isn't needed to keep everything: the last evaluation. A third one ends the
    process at once, for instance if it can't write to a disk that hangs.

    Before the training has begun there is nothing to wait for, so `Stopped` is raised wherever the engine
    is: for instance in the import of torch, which takes 3 to 10 seconds.
    """

    def __init__(self) -> None:
        """No signal has arrived yet."""
        self._received = 0
        self._raising = False
        self._watched: Stoppable | None = None

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise `Stopped` as soon as a signal arrives, while this context lasts.

        Raises:
            Stopped: a signal arrives, or has arrived before.
        """
        self.require_none()
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    def require_none(self) -> None:
        """End here if a signal has arrived: for whoever waits before the training has begun.

        Raises:
            Stopped: one has.
        """
        if self._received:
            raise Stopped

    def watch(self, training: Stoppable) -> None:
        """Ask this training to end when a signal arrives, or if one already has."""
        self._watched = training
        if self._received:
            training.interrupt()

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handle one signal."""
        self._received += 1
        if self._received > (1 if self._watched is None else 2):
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        if self._watched is not None:
            self._watched.interrupt()
        elif self._raising:
            self._raising = False
            raise Stopped
