"""In which order the units stand side by side: by number, or by what an answer said of them once.

An order stays as it is while the weights move; only a person has it computed again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Final, Literal

from explorer.protocol.questions import Answer, Array, Sample
from explorer.system.text import printable

By = Literal["number", "half-life", "vote"]
"""What units are ordered by: their number; how long they remember; what they add to a class's logit."""
BYS: Final[Sequence[By]] = ("number", "half-life", "vote")
"""The orders, in the order of their key."""


@dataclass(frozen=True, eq=False)
class UnitOrder:
    """An order of the units; compared by identity: one that was computed again is another.

    A position is a place in the order, from 0, at the left; a unit is its number in the model.
    """

    by: By = "number"
    units: tuple[int, ...] = ()
    """The units by position; empty: each stands at its number."""
    said: str = ""
    """What it is, and what of: `by half-life at step 938, sample 37`; empty: by number."""

    def of(self, hidden: int) -> UnitOrder:
        """The order for so many units: this one, or by number, if it is of another model."""
        return self if len(self.units) in (0, hidden) else BY_NUMBER

    @cached_property
    def arranged(self) -> Callable[[Sequence[float]], Sequence[float]]:
        """What puts values by unit into this order."""
        return itemgetter(*self.units) if len(self.units) > 1 else lambda values: values

    def unit(self, position: int) -> int:
        """The unit at a position."""
        return self.units[position] if self.units else position

    def position(self, unit: int) -> int:
        """The position of a unit."""
        return self.units.index(unit) if self.units else unit

    def beside(self, unit: int, by: int, hidden: int) -> int:
        """The unit so many positions to the right of another, as far as there are any of `hidden`."""
        order = self.of(hidden)
        return order.unit(min(hidden - 1, max(0, order.position(unit) + by)))


BY_NUMBER: Final = UnitOrder()
"""The order of the model's own numbers."""


def after(by: By, memory: bool) -> By:
    """The next order; that by half-life exists where the cell declares a memory."""
    following = BYS[(BYS.index(by) + 1) % len(BYS)]
    return after(following, memory) if following == "half-life" and not memory else following


def by_answer(by: By, answer: Answer, number: int | None = None) -> UnitOrder:
    """The order that an answer to the question `units` gives: the largest value first, equal ones by number.

    Args:
        by: what to order by.
        answer: the answer.
        number: the class whose votes count; None: the one that the sample was read as.

    Raises:
        ValueError: the answer isn't what its question promises.
    """
    if by == "number":
        return BY_NUMBER
    if by == "half-life":
        values: Iterable[float] = _array(answer, "half_life", ("unit",)).numbers
        said = "half-life"
    else:
        votes = _array(answer, "votes", ("unit", "class"))
        number = answer.facts.get("predicted") if number is None else number  # type: ignore[assignment]
        classes = votes.shape[1]
        if not isinstance(number, int) or not 0 <= number < classes:
            raise ValueError(f"a vote for {number!r}")
        values = votes.numbers[number::classes]
        said = f"vote for {printable(votes.coordinates.get('class', [*map(str, range(classes))])[number])}"
    ranks = [-math.inf if math.isnan(value) else value for value in values]
    units = sorted(range(len(ranks)), key=ranks.__getitem__, reverse=True)
    subject = answer.asked.subject
    sample = f"sample {subject.index:,}" if isinstance(subject, Sample) else "input"
    return UnitOrder(by, tuple(units), f"by {said} at step {answer.step:,}, {sample}")


def _array(answer: Answer, name: str, axes: tuple[str, ...]) -> Array:
    """An array of an answer."""
    array = answer.arrays.get(name)
    if array is None or array.axes != axes or array.dtype != "float32" or 0 in array.shape:
        raise ValueError(f"no {name} of the units")
    return array
