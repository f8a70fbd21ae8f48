"""How fast the terminal takes what is sent: its own replies set the pace.

Behind each piece of output goes a question that every terminal answers when it has read that far (DSR 6,
ECMA-48, 8.3.35). So the program knows what is still under way, even where an SSH connection would swallow
megabytes before a write blocks, and never has more under way than the line takes in a fraction of a second.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

QUESTION: Final = "\x1b[6n"
"""Where is the cursor? The answer (`\\x1b[1;1R`) doesn't matter, only when it comes."""
QUEUE: Final = 0.2
"""Seconds' worth of output that may be under way: a key's effect comes after it."""
LEAST: Final = 512
"""Bytes that may always be under way: a quarter of a second's worth of a line of 2 KB/s."""
FIRST: Final = 4096
"""Bytes that may be under way at first; then twice as many as have come through in time."""
TELLING: Final = 256
"""Bytes of a piece from which the line's rate is measured: smaller ones measure only its delay."""
MEASURED: Final = 16
"""The pieces of which the slowest counts: many lines are fast for a moment, and slow when used for longer."""
SILENT: Final = 1.0
"""Seconds without a first reply after which a terminal counts as one that never replies."""
OVERDUE: Final = 0.2
"""Seconds that a reply may be late before the question is asked again: the reply may have been lost."""
SLOW_RATE: Final = 40_000.0
"""Bytes a second below which a line counts as slow: a picture of the gates takes a second and more."""
BLOCKED: Final = 0.25
"""Seconds that a write may block before a terminal that never replies counts as slow."""
REMEMBERED: Final = 30.0
"""Seconds for which such a terminal continues to count as slow."""
PIECE: Final = 4096
"""Bytes sent at a time to such a terminal."""
LEAN: Final = 1_000.0
"""Bytes a second, with `--lean`, for what changes by itself."""
DEBT: Final = 8.0
"""Seconds' worth of these that a picture may cost: while a training is young, one of 128 units has 20 KB, and
the next would come 20 seconds later."""
ANSWERING: Final = 0.5
"""Seconds after a key during which whatever is painted counts as its effect."""


class _Piece(NamedTuple):
    """A piece of output that the terminal hasn't yet said it has read."""

    size: int
    sent: float
    alone: bool
    """Whether nothing else was under way when it was sent."""
    again: bool = False
    """Whether only the question was sent again, behind pieces whose replies may be lost."""


class Pace:
    """Measures the line to the terminal, and says how much may be sent; any thread may use it."""

    def __init__(self, lean: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nothing of the line yet; with `lean`, what changes by itself is limited to `LEAN`."""
        self.lean = lean
        """Whether the user asked for little, with `--lean`."""
        self.backlog = False
        """Whether something painted is still to be sent; the writer knows."""
        self._clock = clock
        self._lock = Lock()
        self._purse, self._counted = 0.0, clock()
        self._answer_until = clock() + 4 * ANSWERING
        self.begin()

    def begin(self) -> None:
        """Know nothing of the line: the terminal may be another one."""
        self._under_way: deque[_Piece] = deque()
        self._replies: bool | None = None
        self._began = self._last_reply = self._clock()
        self._delay: float | None = None
        self._proved = FIRST // 2
        self._rates: deque[float] = deque(maxlen=MEASURED)
        self._slow_until = 0.0

    # What the writer asks

    @property
    def asked_before(self) -> bool:
        """Whether the question has been sent at least once."""
        return self._replies is not None or bool(self._under_way)

    @property
    def asks(self) -> bool:
        """Whether the terminal is asked for a reply: unless it is known to give none."""
        if self._replies is None and self._under_way and self._clock() - self._began > SILENT:
            self._replies = False
        return self._replies is not False

    @property
    def room(self) -> int | None:
        """Bytes that may be sent now; None: no limit."""
        with self._lock:
            if not self.asks:
                return PIECE if self._clock() < self._slow_until else None
            if self._replies is None:
                return None
            return max(0, self._window() - sum(piece.size for piece in self._under_way))

    def _window(self) -> int:
        """Bytes that may be under way."""
        if not self._rates:
            return FIRST
        return max(LEAST, min(2 * self._proved, int(min(self._rates) * QUEUE)))

    @property
    def overdue(self) -> float | None:
        """Seconds until the question has to be asked again; None: nothing is under way."""
        if not self._under_way or not self.asks:
            return None
        expected = max(self._under_way[-1].sent, self._last_reply) + QUEUE + 2 * (self._delay or SILENT)
        return expected + OVERDUE - self._clock()

    def sending(self, size: int, asking: bool) -> None:
        """Note that `size` bytes are about to be written, and whether the question is behind them.

        Before the write: the reply can come before the write returns.
        """
        with self._lock:
            now = self._clock()
            if not asking:
                return
            if not self.asked_before:
                self._began = now
            again = size == len(QUESTION) and bool(self._under_way)
            if again:
                size += sum(piece.size for piece in self._under_way)
                self._under_way.clear()
            self._under_way.append(_Piece(size, now, not self._under_way, again))

    def sent(self, size: int, seconds: float, asking: bool) -> None:
        """Note that `size` bytes were written, and that the write blocked for `seconds`.

        `asking` is as in `sending`.
        """
        now = self._clock()
        with self._lock:
            if not asking and seconds > BLOCKED:
                self._slow_until = now + REMEMBERED
            if now - seconds > self._answer_until:
                self._fill()
                self._purse = max(self._purse - size, -DEBT * LEAN)

    def replied(self) -> None:
        """Note that the terminal has replied: it has read the oldest piece under way."""
        now = self._clock()
        with self._lock:
            self._replies = True
            if self._under_way:
                self._learn(self._under_way.popleft(), now)
            self._last_reply = now

    def _learn(self, piece: _Piece, now: float) -> None:
        """Learn from a reply how long the line is, and how wide."""
        if piece.again:
            return
        took = now - piece.sent
        if self._delay is None or took < self._delay:
            self._delay = took
        elif piece.alone and piece.size < TELLING:
            self._delay = (self._delay + took) / 2
        if took <= self._delay + 1.25 * QUEUE:
            self._proved = max(self._proved, piece.size)
        if piece.size >= TELLING:
            busy = now - max(piece.sent + self._delay, self._last_reply)
            self._rates.append(piece.size / max(busy, 1e-3))

    @property
    def quiet(self) -> bool:
        """Whether the terminal has read everything that was sent, as far as it tells."""
        return not self._under_way or not self.asks

    # What the screen asks

    @property
    def ready(self) -> bool:
        """Whether another picture may be painted that no key asked for: the one before is on the screen.

        Half of what may be under way may be: on a line with a long delay, small changes always are.
        """
        with self._lock:
            waiting = sum(piece.size for piece in self._under_way) if self.asks else 0
            return not self.backlog and 2 * waiting <= self._window() and self._affordable()

    @property
    def slow(self) -> bool:
        """Whether the line is slow, or was recently."""
        if self._replies:
            return bool(self._rates) and sorted(self._rates)[len(self._rates) // 2] < SLOW_RATE
        return self._clock() < self._slow_until

    @property
    def sparing(self) -> bool:
        """Whether bytes are few: the user asked for that, or the line is slow."""
        return self.lean or self.slow

    @property
    def patience(self) -> float:
        """How many times as long as usual the pauses between small changes are."""
        return 4.0 if self.sparing else 1.0

    def _affordable(self) -> bool:
        """Whether something may be sent that no key asked for; only `--lean` ever says no."""
        self._fill()
        return not self.lean or self._purse >= 0

    def _fill(self) -> None:
        """Add to the purse what has accrued since the last call; at most one second's worth is saved."""
        now = self._clock()
        self._purse = min(self._purse + LEAN * (now - self._counted), LEAN)
        self._counted = now

    def asked(self) -> None:
        """Note that the user did something: what is painted next is its effect."""
        self._answer_until = max(self._answer_until, self._clock() + ANSWERING)

    def unasked(self) -> None:
        """Note that something is painted now that came by itself."""
        self._answer_until = self._clock()

    @property
    def answering(self) -> bool:
        """Whether what is painted now counts as a key's effect: it overtakes what came by itself."""
        return self._clock() < self._answer_until
