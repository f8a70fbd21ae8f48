"""Steps that are missing from a run's events, and how they are named."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

MOST: Final = 100
"""How many gaps are looked for: a file with more has been edited beyond description."""
NAMED: Final = 3
"""How many are named."""


class Gap(NamedTuple):
    """Neighbouring steps that are missing."""

    first: int
    last: int

    def __str__(self) -> str:
        """`step 5`, `steps 1 to 1,568`."""
        if self.first == self.last:
            return f"step {self.first:,}"
        return f"steps {self.first:,} to {self.last:,}"


def find_gaps(steps: Sequence[float], until: int) -> list[Gap]:
    """Which of the steps from 1 to `until` are missing; the first `MOST` gaps.

    Each gap takes two binary searches, so that a million steps without one cost some microseconds.

    Args:
        steps: ascending, without a double.
        until: the last step that is looked for.
    """
    gaps: list[Gap] = []
    wanted = 1
    while wanted <= until and len(gaps) < MOST:
        index = bisect_left(steps, wanted)
        if index == len(steps) or steps[index] > wanted:
            last = until if index == len(steps) else min(until, int(steps[index]) - 1)
            gaps.append(Gap(wanted, last))
            wanted = last + 1
        else:  # as long as no step is missing, they grow as their indices do
            rest = range(index, len(steps))
            end = index + bisect_right(rest, wanted - index, key=lambda one: int(steps[one]) - one)
            wanted = int(steps[end - 1]) + 1
    return gaps


def describe(gaps: Sequence[Gap]) -> str:
    """The subject and the verb of a sentence: `step 5 is`, `steps 1 to 3 and step 7 are`."""
    if len(gaps) == 1:
        return f"{gaps[0]} {'is' if gaps[0].first == gaps[0].last else 'are'}"
    named = [str(gap) for gap in gaps[:NAMED]]
    if len(gaps) > NAMED:
        named.append("others")
    return f"{', '.join(named[:-1])} and {named[-1]} are"
