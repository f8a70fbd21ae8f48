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
    """Call `receive` on every signal of `ENDING` that isn't ignored; afterwards restore the handlers.

    Whoever started this program may have had a signal ignored, so that the program survives it: nohup does
    so with SIGHUP, and a shell without job control with SIGINT and SIGQUIT for what runs in the background.
    """
    before = {number: signal.signal(number, receive) for number in ENDING if not is_ignored(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_ignored(number: signal.Signals) -> bool:
    """Whether this program has a signal ignored."""
    return signal.getsignal(number) is signal.SIG_IGN
