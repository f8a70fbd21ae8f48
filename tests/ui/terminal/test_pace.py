"""The pace: how a line is measured, and what may be under way on it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.terminal.pace import (
    BLOCKED,
    DEBT,
    LEAN,
    LEAST,
    OVERDUE,
    PIECE,
    QUESTION,
    REMEMBERED,
    SILENT,
    Pace,
)


@dataclass
class Line:
    """A simulated line: so many bytes a second, so many seconds of delay there and back."""

    rate: float
    delay: float
    spare: float = 0.0
    """Bytes that it takes at once after some rest, as many real lines do."""
    now: float = 100.0
    pace: Pace = field(init=False)
    replies: deque[tuple[float, float]] = field(default_factory=deque)
    """When each reply arrives, and when its piece was sent."""
    waits: list[float] = field(default_factory=list)
    """How long each piece took, beyond the delay of the line."""
    taken: int = 0
    _free: float = 0.0

    def __post_init__(self) -> None:
        """Open the line."""
        self.pace = Pace(clock=lambda: self.now)
        self.send(len(QUESTION))
        self.wait(self.delay + 0.01)

    def send(self, size: int) -> None:
        """Send a piece with a question behind it."""
        self.pace.sending(size, asking=True)
        self.pace.sent(size, 0.0, asking=True)
        ready = max(self.now - self.spare / self.rate, self._free)
        self._free = ready + size / self.rate
        self.replies.append((max(self.now, self._free) + self.delay, self.now))
        self.taken += size

    def wait(self, seconds: float) -> None:
        """Let time pass; replies arrive."""
        end = self.now + seconds
        while self.replies and self.replies[0][0] <= end:
            self.now, sent = self.replies.popleft()
            self.waits.append(self.now - sent - self.delay)
            self.pace.replied()
        self.now = end

    def flood(self, seconds: float) -> None:
        """Send as much as the pace allows."""
        end = self.now + seconds
        while self.now < end:
            room = self.pace.room
            assert room is not None
            if room:
                self.send(room)
            self.wait(0.001)


RATES = st.floats(4e3, 5e6)
DELAYS = st.floats(0.0, 0.3)


@given(RATES, DELAYS)
def test_no_key_waits_behind_more_than_a_quarter_of_a_second_of_output(rate: float, delay: float) -> None:
    line = Line(rate, delay)
    line.flood(4.0)
    line.waits.clear()
    line.flood(4.0)
    assert max(line.waits) <= max(0.25, 2 * LEAST / rate)


@given(st.floats(4e3, 2e5), DELAYS)
def test_most_of_a_line_is_used(rate: float, delay: float) -> None:
    line = Line(rate, delay)
    line.flood(4.0)
    line.taken = 0
    line.flood(10.0)
    assert line.taken >= 0.25 * 10 * rate


def test_a_line_that_is_fast_for_a_moment_counts_as_what_it_is_later() -> None:
    line = Line(8e3, 0.02, spare=24e3)
    line.flood(10.0)
    line.waits.clear()
    line.flood(10.0)
    assert max(line.waits) <= 0.25


@pytest.mark.parametrize(("rate", "slow"), [(8e3, True), (16e3, True), (64e3, False), (1e6, False)])
def test_a_slow_line_is_called_slow_and_no_other(rate: float, slow: bool) -> None:
    line = Line(rate, 0.05)
    line.flood(5.0)
    assert (line.pace.slow, line.pace.patience > 1) == (slow, slow)


def test_the_next_picture_waits_until_the_one_before_is_on_the_screen() -> None:
    line = Line(16e3, 0.0)
    line.flood(2.0)
    line.wait(1.0)
    assert line.pace.ready
    line.pace.backlog = True
    assert not line.pace.ready
    line.pace.backlog = False
    room = line.pace.room
    assert room
    line.send(room)
    assert not line.pace.ready
    line.wait(1.0)
    assert line.pace.ready


def test_a_small_change_under_way_does_not_hold_up_a_picture() -> None:
    line = Line(1e6, 0.3)
    line.flood(3.0)
    line.wait(1.0)
    line.send(200)
    assert line.pace.ready


def test_a_terminal_that_never_replies_is_not_waited_for() -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    pace.sending(len(QUESTION), asking=True)
    assert pace.asks
    now[0] += SILENT + 0.1
    assert (pace.asks, pace.room, pace.ready, pace.quiet) == (False, None, True, True)


def test_a_terminal_that_never_replies_is_slow_for_some_time_after_a_blocked_write() -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    pace.sending(len(QUESTION), asking=True)
    now[0] += SILENT + 0.1
    pace.sent(1000, 2 * BLOCKED, asking=False)
    assert (pace.slow, pace.room) == (True, PIECE)
    now[0] += REMEMBERED + 1
    assert (pace.slow, pace.room) == (False, None)


def idle_line() -> tuple[Line, int]:
    """Return a fast line that has been measured and is empty, and the bytes that may be sent on it."""
    line = Line(1e6, 0.0)
    line.flood(1.0)
    line.wait(1.0)
    room = line.pace.room
    assert room
    return line, room


def test_a_lost_reply_holds_up_the_output_only_until_the_question_is_asked_again() -> None:
    line, room = idle_line()
    line.send(room)
    line.replies.clear()
    line.wait(OVERDUE / 2)
    assert line.pace.room == 0
    assert line.pace.overdue is not None
    assert line.pace.overdue > 0
    line.wait(1.0)
    assert line.pace.overdue < 0
    line.send(len(QUESTION))
    line.wait(0.01)
    assert line.pace.room == room


def test_a_line_that_stalls_gets_nothing_but_the_question() -> None:
    line, room = idle_line()
    line.send(room)
    line.replies.clear()
    for _ in range(20):
        line.wait(2.0)
        line.send(len(QUESTION))
        line.replies.clear()
        assert line.pace.room == 0


def test_a_reply_to_nothing_changes_nothing() -> None:
    line, room = idle_line()
    line.pace.replied()
    assert line.pace.room == room


def test_with_lean_what_comes_by_itself_is_limited_and_a_key_s_effect_is_not() -> None:
    now = [0.0]
    pace = Pace(lean=True, clock=lambda: now[0])
    now[0] = 10.0
    pace.sent(int(6 * LEAN), 0.0, asking=False)
    assert not pace.ready
    now[0] += 4.0  # the purse held a second's worth
    assert not pace.ready
    now[0] += 1.1
    assert pace.ready
    pace.asked()
    pace.sent(int(6 * LEAN), 0.0, asking=False)
    assert pace.ready
    pace.unasked()
    now[0] += 0.1
    pace.sent(int(6 * LEAN), 0.0, asking=False)
    assert not pace.ready


def test_with_lean_a_large_picture_has_the_next_one_wait_some_seconds_and_not_for_all_its_bytes() -> None:
    now = [10.0]
    pace = Pace(lean=True, clock=lambda: now[0])
    now[0] = 20.0
    pace.sent(int(60 * LEAN), 0.0, asking=False)
    now[0] += DEBT - 0.1
    assert not pace.ready
    now[0] += 0.2
    assert pace.ready
