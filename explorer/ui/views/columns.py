"""Which units a map shows, and how wide each is: arithmetic without a screen."""

from __future__ import annotations

from functools import cached_property


class Columns:
    """The units of a map: one to a column, in pages, or all of them, several to a column.

    A base for what is laid out: a subclass has the attributes below.
    """

    hidden: int
    """H."""
    unit: int
    """The unit under the cursor."""
    overview: bool
    """Whether all units are shown, several to a column."""

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

    @property
    def first_unit(self) -> int:
        """The first unit shown; units are paged, so that a move of the cursor rarely moves everything."""
        return 0 if self.overview else self.unit // self.columns * self.columns

    def units(self, column: int) -> tuple[int, int]:
        """The units of a column: the first, and the one after the last."""
        if not self.overview:
            return self.first_unit + column, self.first_unit + column + 1
        return column * self.hidden // self.columns, (column + 1) * self.hidden // self.columns

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The units of each column of this page."""
        return [self.units(column) for column in range(min(self.columns, self.hidden - self.first_unit))]

    @property
    def cursor_column(self) -> int:
        """The column of the unit under the cursor."""
        return next(k for k, (first, last) in enumerate(self.spans) if first <= self.unit < last)

    def turned(self, by: int) -> int:
        """The unit in the cursor's place, this many pages further; the same one where there is no page."""
        first = self.first_unit + by * self.columns
        if self.overview or not 0 <= first < self.hidden:
            return self.unit
        return min(self.hidden - 1, self.unit + by * self.columns)
