"""What signals do to the screen: it leaves as with a key, and the terminal is as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType

from textual.app import App

from explorer.runs.signals import receiving

LEAVE_SECONDS = 2.0
"""Seconds that leaving may take: on a terminal that is gone, a write may wait for ever."""


@contextmanager
def leaving_on_signals(app: App[int]) -> Iterator[None]:
    """Have the app leave, with 128 and the signal's number as its exit code, when a signal arrives.

    A training goes on; what the screen started for itself alone ends with it.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        end = Timer(LEAVE_SECONDS, os._exit, (128 + number,))
        end.daemon = True
        end.start()
        if app.is_running and app._loop is not None:
            # The signal may have come in the middle of anything: the event loop does it when it is free.
            app._loop.call_soon_threadsafe(app.exit, 128 + number)
        else:
            sys.exit(128 + number)

    with receiving(leave):
        yield
