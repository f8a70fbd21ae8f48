"""What stands in the squares of a confusion matrix: counts, or how two of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from rich.style import Style

from explorer.ui.views.evaluations import Evaluation
from explorer.ui.widgets import palette

Way = Literal["with", "without", "difference"]
"""A way to show two evaluations."""
WAYS: Final[tuple[Way, ...]] = ("with", "without", "difference")
"""All ways, in the order of the key that turns them."""


class Sheet(NamedTuple):
    """The numbers of a matrix, and how they are drawn."""

    numbers: Sequence[Sequence[int]]
    """(K, K): counts, or differences of counts."""
    totals: Sequence[int]
    """Samples of each true class; 0 where there are none."""
    signed: bool = False
    """Whether the numbers are differences."""

    @property
    def longest(self) -> int:
        """Characters of the longest number, 1 at least."""
        return max(len(self._whole(end(map(end, self.numbers)))) for end in (min, max))

    def text(self, row: int, column: int, room: int) -> str:
        """What stands in a square: the number, or its thousands where it doesn't fit into `room` columns."""
        number = self.numbers[row][column]
        text = self._whole(number)
        return text if len(text) <= room else f"{self._whole(round(number / 1000))}k"

    def style(self, row: int, column: int, dark: bool) -> Style:
        """How a square is drawn: by the number's share of the row."""
        number, total = self.numbers[row][column], self.totals[row]
        if self.signed:
            return palette.on(palette.scale("signed", dark)[palette.difference_level(number, total)])
        return palette.on(palette.counts(dark)[palette.count_level(number, total)])

    def right(self, row: int) -> str:
        """The share of a true class that was read correctly, in percent; or how it differs, in points."""
        total = self.totals[row]
        if not total:
            return "–"
        share = 100 * self.numbers[row][row] / total
        return _minus(f"{share:+.1f}") if self.signed else f"{share:.1f}%"

    def _whole(self, number: int) -> str:
        """A number with all its digits."""
        if not number:
            return "·"
        return _minus(f"{number:+d}") if self.signed else f"{number}"


def counts(evaluation: Evaluation) -> Sheet:
    """What one evaluation counted."""
    return Sheet(evaluation.confusion, [sum(row) for row in evaluation.confusion])


def difference(chosen: Evaluation, plain: Evaluation) -> Sheet:
    """How many more were read so as chosen than without; both are of the same samples."""
    both = [*zip(chosen.confusion, plain.confusion, strict=True)]
    numbers = [[one - other for one, other in zip(*rows, strict=True)] for rows in both]
    return Sheet(numbers, [sum(without) for _, without in both], signed=True)


def _minus(text: str) -> str:
    """A number with a minus as wide as a plus."""
    return text.replace("-", "−")
