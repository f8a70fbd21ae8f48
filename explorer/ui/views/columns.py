"""Which units a map shows, in which order, and how wide each is: arithmetic without a screen."""

from __future__ import annotations

from functools import cached_property

from explorer.ui.views.pooling import Pooled
from explorer.ui.views.unit_order import UnitOrder


class Columns:
    """The units of a map: one to a column, in pages, or all of them, several to a column.

    A base for what is laid out: a subclass has the attributes below.
    """

    hidden: int
    """H."""
    unit: int
    """The unit under the cursor, by its number."""
    pooled: Pooled
    """Whether all units are shown, several to a column, and what of them; empty: one by one."""
    order: UnitOrder
    """In which order the units stand, from left to right."""

    @property
    def room(self) -> int:
        """Columns of the screen that a map may take."""
        raise NotImplementedError

    @cached_property
    def columns(self) -> int:
        """Units, or groups of units, side by side in one map: on each page but perhaps the last."""
        return max(1, min(self.hidden, self.room))

    @cached_property
    def cell(self) -> int:
        """Columns of the screen for each of them."""
        return max(1, self.room // self.columns)

    @cached_property
    def position(self) -> int:
        """Where the unit under the cursor stands in the order."""
        return self.order.position(self.unit)

    @property
    def first(self) -> int:
        """The first position shown; units are paged, so that a move of the cursor rarely moves everything."""
        return 0 if self.pooled else self.position // self.columns * self.columns

    def span(self, column: int) -> tuple[int, int]:
        """The positions of a column: the first, and the one after the last."""
        if not self.pooled:
            return self.first + column, self.first + column + 1
        return column * self.hidden // self.columns, (column + 1) * self.hidden // self.columns

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The positions of each column of this page."""
        return [self.span(column) for column in range(min(self.columns, self.hidden - self.first))]

    @cached_property
    def pools(self) -> tuple[list[slice], list[int]]:
        """The positions of each column as slices, and how many each has."""
        return [slice(*span) for span in self.spans], [last - first for first, last in self.spans]

    def units(self, column: int) -> list[int]:
        """The units of a column."""
        return [self.order.unit(position) for position in range(*self.span(column))]

    @property
    def cursor_column(self) -> int:
        """The column of the unit under the cursor."""
        return next(k for k, (first, last) in enumerate(self.spans) if first <= self.position < last)

    def pointed(self, column: int) -> int:
        """The unit that a click on a column means: that under the cursor, if it is there, else the first."""
        return self.unit if column == self.cursor_column else self.units(column)[0]

    def turned(self, by: int) -> int:
        """The unit in the cursor's place, this many pages further; the same one where there is no page."""
        first = self.first + by * self.columns
        if self.pooled or not 0 <= first < self.hidden:
            return self.unit
        return self.order.beside(self.unit, by * self.columns, self.hidden)
