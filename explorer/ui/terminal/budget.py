"""How much may change by itself: bytes are budgeted like money."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

RATE: Final = 5_000.0
"""Bytes per second for what changes by itself."""
LEAN: Final = 1_000.0
"""The same with `--lean` or over a slow connection."""
FREE: Final = 0.5
"""Seconds after a key during which whatever is sent counts as its effect, and is free."""
SLOW: Final = 0.25
"""Seconds that a terminal may take for one piece before it counts as slow."""
REMEMBERED: Final = 30.0
"""Seconds for which a slow terminal continues to count as slow."""


class Budget:
    """A purse that fills over time: while it is empty, what may wait (a new probe, for instance) waits.

    Keys are never held up, and what they cause is free. Any thread may spend and ask.
    """

    def __init__(self, lean: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with an empty purse; the first screen is free."""
        self.lean = lean
        """Whether the user asked for little, with `--lean`."""
        self._clock = clock
        self._balance = 0.0
        self._counted = clock()
        self._free_until = clock() + 4 * FREE
        self._slow_until = 0.0
        self._lock = Lock()

    @property
    def slow(self) -> bool:
        """Whether the terminal was slow recently."""
        return self._clock() < self._slow_until

    @property
    def patience(self) -> float:
        """How many times as long as usual the pauses between changes are."""
        return 4.0 if self.thrifty else 1.0

    @property
    def thrifty(self) -> bool:
        """Whether little may be sent: the user asked for that, or the terminal is slow."""
        return self.lean or self.slow

    @property
    def solvent(self) -> bool:
        """Whether anything is left to spend."""
        with self._lock:
            self._fill()
            return self._balance >= 0

    def asked(self) -> None:
        """Note that the user did something: what is sent next is the response."""
        self._free_until = max(self._free_until, self._clock() + FREE)

    def spend(self, count: int, seconds: float) -> None:
        """Note that `count` bytes were sent, and that the terminal took `seconds` for them."""
        now = self._clock()
        if seconds > SLOW:
            self._slow_until = now + REMEMBERED
        if now - seconds > self._free_until:
            with self._lock:
                self._fill()
                self._balance -= count

    def _fill(self) -> None:
        """Add what has accrued since the last call; at most one second's worth is saved."""
        now = self._clock()
        rate = LEAN if self.thrifty else RATE
        self._balance = min(self._balance + rate * (now - self._counted), rate)
        self._counted = now
