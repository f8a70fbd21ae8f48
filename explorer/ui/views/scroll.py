"""Which timesteps are shown where not all of them fit: a page, which turns when the cursor leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

CONTEXT = 4
"""Timesteps of a page that the next one shows again."""


@dataclass(frozen=True)
class Scroll:
    """A page of timesteps."""

    timesteps: int
    """T."""
    shown: int
    """How many fit; an even number where that is less than T, so that two in one line stay together."""
    cursor: int
    """The timestep under the cursor, from 0."""
    before: int = 0
    """The first timestep of the page that was shown before: it stays as long as the cursor is on it, so that
    most moves repaint two lines, and a click never moves what is under the mouse."""

    @cached_property
    def first(self) -> int:
        """The first timestep that is shown, from 0; every page is full, but for half a line perhaps."""
        before = self._within(self.before)
        if before <= self.cursor < before + self.shown:
            return before
        shared = CONTEXT if self.shown > 2 * CONTEXT else 0
        if self.cursor < before:
            return self._within(self.cursor + 2 - self.shown + shared)
        return self._within(self.cursor - shared)

    @property
    def last(self) -> int:
        """The timestep after the last one that is shown."""
        return min(self.timesteps, self.first + self.shown)

    def turned(self, by: int) -> tuple[int, int]:
        """The first timestep, and that under the cursor, so many pages further, on the same line.

        Where there is no further page, the cursor goes to the end.
        """
        shared = CONTEXT if self.shown > 2 * CONTEXT else 0
        first = self._within(self.first + by * (self.shown - shared))
        if first == self.first:
            return first, 0 if by < 0 else self.timesteps - 1
        return first, min(self.timesteps - 1, self.cursor + first - self.first)

    def _within(self, first: int) -> int:
        """The nearest place where a page can begin: with a whole line."""
        end = max(0, self.timesteps - self.shown + 1)
        return max(0, min(first, end)) // 2 * 2

    @property
    def said(self) -> str:
        """Which timesteps are shown, counted from 1."""
        return f"timesteps {self.first + 1:,}–{self.last:,} of {self.timesteps:,}"
