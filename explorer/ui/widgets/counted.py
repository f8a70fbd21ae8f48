"""Children where they were counted to be: columns and lines, no fractions and no style sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget


class Counted(Layout):
    """Puts each child where a function of the parent's size says; a child that it leaves out isn't shown."""

    name = "counted"

    def __init__(self, regions: Callable[[int, int], Mapping[Widget, Region]]) -> None:
        """Ask `regions` for the places in so many columns and lines."""
        self._regions = regions

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """The children's places."""
        regions = self._regions(size.width, size.height)
        placed = (child for child in children if child in regions)
        return [WidgetPlacement(regions[child], NULL_OFFSET, NULL_SPACING, child) for child in placed]
