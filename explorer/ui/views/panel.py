"""How wide the sample beside the maps is drawn: arithmetic without a screen."""

from __future__ import annotations

import math
from typing import NamedTuple

NARROWEST = 28
"""Columns of the panel at least: texts of that length stand below it. Few inputs are drawn so much wider."""
SHARE = 4
"""The sample never takes more than this part of the widget, if that is more than the least."""


class Panel(NamedTuple):
    """The panel of the sample: a curve of a single input, columns of pixels of several."""

    columns: int
    """Pixels side by side."""
    group: int
    """Inputs that share a pixel, which shows their mean; the last one may have fewer."""
    pixel: int
    """Columns of the screen for each pixel."""
    curve: bool
    """Whether it is a curve."""
    noted: bool
    """Whether there is something to say about it: the ends of its scale, or how many inputs share a pixel."""

    @classmethod
    def fit(cls, inputs: int, width: int, tall: bool, scaled: bool) -> Panel:
        """The panel for I inputs in a widget of this width.

        Args:
            inputs: I.
            width: columns of the widget.
            tall: whether a timestep takes a whole line; a pixel is two columns wide then, at least.
            scaled: whether the colours have a scale of their own, which must be said.
        """
        least = 2 if tall else 1
        group = math.ceil(inputs / max(NARROWEST, width // SHARE // least))
        columns = math.ceil(inputs / group)
        pixel = max(least, NARROWEST // columns)
        return cls(columns, group, pixel, inputs == 1, scaled or inputs == 1 or group > 1)

    @property
    def painted(self) -> int:
        """Columns of the screen that are painted."""
        return self.columns * self.pixel

    @property
    def width(self) -> int:
        """Columns of the panel."""
        return max(NARROWEST, self.painted)
