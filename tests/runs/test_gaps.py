"""Which steps are missing from a run's events, and how a message names them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.gaps import MOST, Gap, describe, find_gaps


@given(st.sets(st.integers(1, 60)), st.integers(0, 70))
def test_exactly_the_steps_that_are_not_there_are_missing(steps: set[int], until: int) -> None:
    gaps = find_gaps(sorted(steps), until)
    missing = [step for gap in gaps for step in range(gap.first, gap.last + 1)]
    assert missing == [step for step in range(1, until + 1) if step not in steps]
    assert all(one.last + 1 < other.first for one, other in pairwise(gaps))


def test_a_file_full_of_holes_is_given_up_early() -> None:
    assert len(find_gaps(range(2, 2_000_000, 2), 2_000_000)) == MOST


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ([(5, 5)], "step 5 is"),
        ([(1, 1568)], "steps 1 to 1,568 are"),
        ([(1, 3), (7, 7)], "steps 1 to 3 and step 7 are"),
        ([(1, 3), (5, 5), (7, 7)], "steps 1 to 3, step 5 and step 7 are"),
        ([(1, 3), (5, 5), (7, 7), (9, 9), (11, 11)], "steps 1 to 3, step 5, step 7 and others are"),
    ],
)
def test_they_are_named_as_a_person_would(gaps: list[tuple[int, int]], said: str) -> None:
    assert describe([Gap(*gap) for gap in gaps]) == said
