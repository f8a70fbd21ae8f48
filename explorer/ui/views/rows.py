"""Which timesteps are painted in which lines: views that stand side by side have the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explorer.ui.widgets import palette


class Spot(NamedTuple):
    """What is at a position of a view."""

    timestep: int
    """From 0; of two in one line, the upper one."""
    unit: int | None
    """The unit; None where none is shown."""
    class_number: int | None = None
    """The class; likewise."""


class Rows(NamedTuple):
    """A page of timesteps, from the first line that shows some."""

    height: int
    """Lines of the view."""
    top: int
    """The line of the first timesteps."""
    lines: int
    """How many lines show timesteps."""
    per_line: int
    """Timesteps in one line: 1, or 2 as half-blocks."""
    first: int
    """The first timestep that is shown, from 0."""
    timesteps: int
    """T."""

    def mark(self, line: int, timestep: int) -> str:
        """What stands beside a line, counted from `top`: the cursor, if it is on one of its timesteps."""
        at, lower = divmod(timestep - self.first, self.per_line)
        if at != line:
            return " "
        return "▐" if self.per_line == 1 else "▝▗"[lower]

    def cells(
        self, line: int, pairs: palette.Pairs, levels: Callable[[int], list[int]], seen: int
    ) -> list[palette.Cell]:
        """The cells of a line, counted from `top`: one timestep, or two, the upper above the lower.

        Args:
            line: which one.
            pairs: how levels are painted.
            levels: the levels of a timestep, from left to right.
            seen: how many timesteps are painted; after the last of them there are no cells.
        """
        upper, end = self.first + line * self.per_line, min(seen, self.timesteps)
        if upper >= end:
            return []
        uppers = levels(upper)
        if self.per_line == 1:
            return palette.stacked(pairs, uppers, uppers)
        return palette.stacked(pairs, uppers, levels(upper + 1) if upper + 1 < end else None)

    def at(self, y: int) -> int | None:
        """The timestep at a line of the view, of two the upper one; None where there is none."""
        timestep = self.first + (y - self.top) * self.per_line
        return timestep if 0 <= y - self.top < self.lines and timestep < self.timesteps else None
