"""The signals that end a program, and handling them for a while."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Ctrl-C, kill, a closed terminal or connection, Ctrl-\\\\."""


@contextmanager
def receiving(receive: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call `receive` on every signal of `ENDING`; afterwards restore the handlers from before."""
    before = [signal.signal(number, receive) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
