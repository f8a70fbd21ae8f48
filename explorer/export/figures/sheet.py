"""A figure in the making: its size, its title, and where its panels are, in inches from the upper left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from explorer.export.figures.lettering import LINE, lines_of

COLUMN: Final = 3.3
"""The width of a column of a paper, in inches."""
PAGE: Final = 7.0
"""The width of a page of text."""
MARGIN: Final = 0.05
"""What is blank around everything."""
FIRST: Final = "#222222"
"""The colour of what a figure shows."""
OTHERS: Final = "#555555"
"""The colour of what else its title says."""


class Sheet:
    """One figure; everything below its title is placed by inches from the left and from the title."""

    def __init__(
        self, title: Sequence[str] | None, changes: Sequence[str], classes: Sequence[str] = ()
    ) -> None:
        """Begin a figure.

        Args:
            title: what it shows, in parts, of which as many share a line as fit; None: no title.
            changes: the parts of what was changed while the network read, for a line of their own.
            classes: the names of the classes; empty: they are numbers.
        """
        self.classes = classes
        self.figure = Figure()
        self._title, self._changes = title, changes
        self._above = 0.0

    def open(self, width: float, height: float, facts: Sequence[str] = ()) -> None:
        """Give the figure its size, and write its title.

        Args:
            width: of the whole figure.
            height: of what is below the title.
            facts: what the answer says in single values; they come after what the title says.
        """
        lines: list[tuple[str, str]] = []
        if self._title is not None:
            for parts, colour in ((self._title, FIRST), (self._changes, OTHERS), (facts, OTHERS)):
                lines += [(line, colour) for line in lines_of(parts, width - 2 * MARGIN)]
        self._above = MARGIN + (len(lines) * LINE + MARGIN if lines else 0.0)
        self.figure.set_size_inches(width, self._above + height + MARGIN)
        for number, (line, colour) in enumerate(lines):
            self.text(MARGIN, MARGIN + number * LINE - self._above, line, color=colour)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """A panel of this place and size."""
        whole_width, whole_height = self.figure.get_size_inches()
        bottom = whole_height - self._above - top - height
        return self.figure.add_axes(
            (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
        )

    def text(self, left: float, top: float, text: str, **style: Any) -> None:
        """A line of text whose upper left corner is here; `style` as in matplotlib's `Text`."""
        width, height = self.figure.get_size_inches()
        at = {"va": "top", "ha": "left"} | style
        self.figure.text(left / width, 1 - (self._above + top) / height, text, **at)
