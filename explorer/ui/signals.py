"""Leaving on a signal, as if on a key: the terminal is left as it was."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread, Timer
from types import FrameType

from explorer.system.signals import is_ignored, receiving
from explorer.ui.base.textual_patches import PatchedApp

LEAVE_SECONDS = 2.0
"""Seconds that leaving may take: on a terminal that is gone, a write may block forever."""


@contextmanager
def leaving_on_signals(app: PatchedApp[int]) -> Iterator[None]:
    """Make the app exit when a signal arrives; its exit code is 128 plus the signal's number.

    A training continues; whatever the screen started for itself alone ends with it. The end of the terminal
    counts as SIGHUP also where that is ignored: no signal tells, and nobody could ever see the app again.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        end = Timer(LEAVE_SECONDS, os._exit, (128 + number,))
        end.daemon = True
        end.start()
        if not app.call_from_signal(app.exit, 128 + number):
            sys.exit(128 + number)

    def await_hangup() -> None:
        """Wait until the terminal is gone."""
        terminal = select.poll()
        terminal.register(sys.stdin.fileno(), 0)  # of all events, only its end
        terminal.poll()
        leave(signal.SIGHUP, None)

    with receiving(leave):
        if is_ignored(signal.SIGHUP):
            Thread(target=await_hangup, name="hangup", daemon=True).start()
        yield
