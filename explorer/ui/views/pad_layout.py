"""Where the pad's pixels are, and which of them the mouse points at: arithmetic without a screen."""

from __future__ import annotations

from typing import Final, NamedTuple

from explorer.ui.views.brush import Place
from explorer.ui.views.panel import SHARE, Panel
from explorer.ui.views.scroll import Scroll

WORDS: Final = 24
"""Columns that the words take at the right of the pad; where there is no room for them, they are below it."""
BELOW: Final = 3
"""Lines that they take there."""
MARGIN: Final = 1
"""Columns at the left, for the mark of the pen's timestep."""
_AROUND: Final = 2
"""Lines for the title, and for the mark of the pen's column."""


class PadLayout(NamedTuple):
    """A title, the pixels, the mark of the pen's column; beside or below it, the words."""

    panel: Panel
    """How wide the pixels are, and how many inputs share one."""
    scroll: Scroll
    """Which timesteps are shown."""
    tall: bool
    """Whether a timestep has a line of its own, instead of half of one."""
    beside: bool
    """Whether the words stand beside the pad."""

    @classmethod
    def fit(
        cls, size: tuple[int, int], shape: tuple[int, int], pen: int, first: int, image: bool
    ) -> PadLayout:
        """The pad for a view of this size: as large as it can be, and with the words beside it if it can.

        Args:
            size: columns and lines of the view.
            shape: T and I.
            pen: the pen's timestep, which is shown.
            first: the first timestep that was shown before.
            image: whether it is an image, which needs no scale.
        """
        (width, height), (timesteps, inputs) = size, shape
        for tall, beside in ((True, True), (True, False), (False, True), (False, False)):
            lines = max(1, height - _AROUND - (0 if beside else BELOW))
            room = width - MARGIN - (WORDS + 1 if beside else 0)
            panel = Panel.fit(inputs, SHARE * room, tall, not image)
            if panel.width <= room and (not tall or timesteps <= lines):
                break
        shown = lines if tall else 2 * lines
        return cls(panel, Scroll(timesteps, shown, pen, first), tall, beside)

    @property
    def per_line(self) -> int:
        """Timesteps in one line."""
        return 1 if self.tall else 2

    @property
    def lines(self) -> int:
        """Lines of pixels."""
        return -(-(self.scroll.last - self.scroll.first) // self.per_line)

    def pen_mark(self, timestep: int) -> tuple[int, str]:
        """The line of a timestep, from 0, and what stands beside it."""
        line, lower = divmod(timestep - self.scroll.first, self.per_line)
        return line, "▐" if self.tall else "▝▗"[lower]

    def column(self, channel: int) -> int:
        """The column of the mark below an input."""
        return MARGIN + channel // self.panel.group * self.panel.pixel + (self.panel.pixel - 1) // 2

    def place(self, x: float, y: float) -> Place:
        """The place below a point of the view, in columns and lines from its corner; also outside the pad."""
        timestep = self.scroll.first + (y - 1) * self.per_line - 0.5
        return timestep, (x - MARGIN) / self.panel.pixel * self.panel.group - 0.5

    def share(self, x: float) -> float:
        """How far to the right in the pad a point is, 0..1."""
        return min(1.0, max(0.0, (x - MARGIN) / self.panel.painted))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in the pad."""
        return MARGIN <= x < MARGIN + self.panel.painted and 1 <= y < 1 + self.lines
