"""What the threads of an open run say to the main screen."""

from __future__ import annotations

from typing import Protocol

from textual.message import Message


class Source(Protocol):
    """A thread of an open run."""

    closed: bool
    """Whether the run was closed; what the thread said before may still be in the queue."""


class RunMessage(Message):
    """Something new about the open run. The main screen drops it when its source was closed meanwhile."""

    def __init__(self, source: Source) -> None:
        """Say something as a thread of an open run."""
        super().__init__()
        self.source = source
