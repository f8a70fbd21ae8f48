"""The curve of a single input: dots that run downward on the lines of the maps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.braille import curve

Dots = list[set[int]]
"""The places of the dots in each row of dots, from the left."""
ROWS = {0x01: (0, 0), 0x02: (1, 0), 0x04: (2, 0), 0x08: (0, 1), 0x10: (1, 1), 0x20: (2, 1), 0x40: (3, 0)}
ROWS[0x80] = (3, 1)
"""The row and the column of each dot, as Unicode numbers them: 1 2 3 7 at the left, 4 5 6 8 at the right."""


def dots(line: str) -> Dots:
    """Return the dots of a line of text."""
    rows: Dots = [set() for _ in range(4)]
    for column, character in enumerate(line):
        bits = 0 if character == " " else ord(character) - 0x2800
        for bit, (row, right) in ROWS.items():
            if bits & bit:
                rows[row].add(2 * column + right)
    return rows


shares = st.floats(0, 1)


@given(shares, shares, shares, st.integers(1, 60))
def test_each_of_two_timesteps_has_two_rows_and_is_reached_from_the_one_before(
    before: float, upper: float, lower: float, columns: int
) -> None:
    line = curve([upper, lower], before, 2, columns)
    assert len(line) == columns
    start, one, other = (round(share * (2 * columns - 1)) for share in (before, upper, lower))
    assert dots(line) == [
        {*range(min(start, one), max(start, one) + 1)},
        {one},
        {*range(min(one, other), max(one, other) + 1)},
        {other},
    ]


@given(shares, st.integers(1, 60))
def test_a_timestep_that_takes_a_line_has_all_four_rows(share: float, columns: int) -> None:
    assert dots(curve([share], None, 4, columns)) == [{round(share * (2 * columns - 1))}] * 4


def test_the_least_is_at_the_left_edge_and_the_greatest_at_the_right() -> None:
    assert curve([0.0, 0.0], None, 2, 4) == "⡇   "
    assert curve([1.0, 1.0], None, 2, 4) == "   ⢸"


def test_below_the_last_of_an_odd_number_of_timesteps_there_is_nothing() -> None:
    assert dots(curve([0.0], 0.0, 2, 4))[2:] == [set(), set()]
