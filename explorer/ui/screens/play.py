"""Lets the network read: the cursor goes down the sample, and what is not read yet is not painted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.dom import DOMNode
from textual.timer import Timer

from explorer.ui.terminal.pace import Pace
from explorer.ui.views.choice import Choice

TICK: Final = 1 / 12
"""Seconds between two moves of the cursor: MNIST's 28 rows take 2.3."""
LONGEST: Final = 240
"""The most moves: 20 seconds. Of a longer sequence, several timesteps are read at a time."""


class Play:
    """Moves the cursor over time, from where it is, or from the first timestep if it is at the last."""

    def __init__(self, choice: Choice, pace: Pace, timesteps: Callable[[], int]) -> None:
        """Read nothing yet.

        Args:
            choice: whose cursor moves.
            pace: how fast the terminal takes what is sent; where bytes are few, only the marks move.
            timesteps: T of what the views show; 0: they show nothing to read.
        """
        self._choice, self._pace, self._timesteps = choice, pace, timesteps
        self._timer: Timer | None = None
        self._at = 0

    @property
    def playing(self) -> bool:
        """Whether the network reads."""
        return self._timer is not None

    def start(self, clock: DOMNode) -> bool:
        """Begin; `clock` has the timer. Returns whether there is something to read."""
        timesteps, at = self._timesteps(), self._choice.now.timestep
        if not timesteps:
            return False
        self._at = 0 if at is None or at + 1 >= timesteps else at
        self._timer = clock.set_interval(TICK, self._move)
        self._choice.change(timestep=self._at, unread=not self._pace.sparing)
        return True

    def stop(self) -> None:
        """Stop here; everything is painted again."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._choice.change(unread=False)

    def _move(self) -> None:
        """Read on, unless the cursor was put elsewhere; at the last timestep everything is read."""
        timesteps = self._timesteps()
        if self._choice.now.timestep != self._at or not timesteps:
            self.stop()
            return
        self._at += max(1, timesteps // LONGEST)
        if self._at + 1 < timesteps:
            self._choice.change(timestep=self._at, unread=not self._pace.sparing)
        else:
            self._choice.change(timestep=None)
            self.stop()
