"""Leaving on a signal, as if on a key: the terminal is left as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType

from explorer.runs.signals import receiving
from explorer.ui.base.textual_patches import PatchedApp

LEAVE_SECONDS = 2.0
"""Seconds that leaving may take: on a terminal that is gone, a write may block forever."""


@contextmanager
def leaving_on_signals(app: PatchedApp[int]) -> Iterator[None]:
    """Make the app exit when a signal arrives; its exit code is 128 plus the signal's number.

    A training continues; whatever the screen started for itself alone ends with it.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        end = Timer(LEAVE_SECONDS, os._exit, (128 + number,))
        end.daemon = True
        end.start()
        if not app.call_from_signal(app.exit, 128 + number):
            sys.exit(128 + number)

    with receiving(leave):
        yield
