"""How the values that a plot shows are chosen: zoomed, moved, and drawn with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from explorer.ui.views.look import Range
from explorer.ui.views.rulers import Ruler

FINEST: Final = 1e-6
"""The least of an axis that is shown, as a share of the largest number on it: a run's have seven digits."""


@dataclass(frozen=True)
class Upright:
    """The vertical axis of a plot that was drawn."""

    panel: str
    """The plot, by its name in `PANELS`."""
    rows: int
    """How many lines it has, at least 2."""
    shown: Ruler
    whole: Ruler
    """The axis that shows all values, as far as the plot does so by itself."""
    farthest: tuple[float, float]
    """How far it may go: beyond, there can't be anything."""

    def drawn(self, high_row: int, low_row: int) -> Range | None:
        """The values of these lines, from edge to edge."""
        per_row = (self.shown.high - self.shown.low) / (self.rows - 1)
        return self._within(
            self.shown.high - (low_row + 0.5) * per_row, self.shown.high - (high_row - 0.5) * per_row
        )

    def zoomed(self, factor: float) -> Range | None:
        """So many times as much as is shown, around the middle."""
        middle, half = (self.shown.low + self.shown.high) / 2, (self.shown.high - self.shown.low) / 2
        return self._within(middle - factor * half, middle + factor * half)

    def moved(self, shown: Range, rows: float) -> Range | None:
        """A range moved up by so many lines, as far as there is something."""
        by = rows * (shown.high - shown.low) / (self.rows - 1)
        return self._within(shown.low + by, shown.high + by)

    def panned(self, share: float) -> Range | None:
        """What lies this share of it above; None where all is shown."""
        by = share * (self.shown.high - self.shown.low)
        return self._within(self.shown.low + by, self.shown.high + by)

    def _within(self, low: float, high: float) -> Range | None:
        """A range of this size, where there can be anything; None if all that there is would be inside."""
        whole, (first, last) = self.whole, self.farthest
        slack = 1e-9 * (whole.high - whole.low)
        if low <= whole.low + slack and high >= whole.high - slack:
            return None
        width, middle = high - low, (low + high) / 2
        width = min(max(width, FINEST * max(abs(middle), whole.high - whole.low)), last - first)
        low = min(max(middle - width / 2, first), last - width)
        return Range(self.panel, low, low + width)
