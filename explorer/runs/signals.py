"""The signals that end a program, and taking them for a while."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Ctrl-C, kill, a terminal or a connection that is gone, Ctrl-\\\\."""


@contextmanager
def receiving(receive: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have every signal of `ENDING` call `receive`, and afterwards do what it did before."""
    before = [signal.signal(number, receive) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
