"""The curves of a unit: dots that run to the right, from one timestep to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.unit_curves import Limits, draw, outward
from explorer.ui.views.unit_data import Curve

BITS = {0x01: (0, 0), 0x02: (0, 1), 0x04: (0, 2), 0x08: (1, 0), 0x10: (1, 1), 0x20: (1, 2)}
BITS |= {0x40: (0, 3), 0x80: (1, 3)}
"""The column and the row of each dot, as Unicode numbers them: 1 2 3 7 at the left, 4 5 6 8 at the right."""
numbers = st.floats(-2, 3)
sizes = st.tuples(st.integers(1, 30), st.integers(1, 9))


def dots(lines: Sequence[str]) -> set[tuple[int, int]]:
    """Return the column and the row of each dot."""
    return {
        (2 * column + right, 4 * line + row)
        for line, text in enumerate(lines)
        for column, character in enumerate(text)
        for bit, (right, row) in BITS.items()
        if character != " " and (ord(character) - 0x2800) & bit
    }


def place(timestep: int, value: float, count: int, columns: int, lines: int) -> tuple[float, float]:
    """Return where a value is in dots, on a scale from -2 to 3."""
    return timestep * (2 * columns - 1) / max(1, count - 1), (3 - value) / 5 * (4 * lines - 1)


@given(st.lists(numbers, min_size=1, max_size=80), sizes)
def test_every_timestep_has_its_dot_and_all_others_are_on_the_way_between_two(
    values: list[float], size: tuple[int, int]
) -> None:
    columns, lines = size
    drawn = draw(values, Limits(-2, 3), columns, lines)
    assert [len(line) for line in drawn] == [columns] * lines
    places = [place(timestep, value, len(values), columns, lines) for timestep, value in enumerate(values)]
    found, exact = dots(drawn), [(round(x), round(y)) for x, y in places]
    assert {*exact} <= found
    for x, y in found:
        near = [
            (one, other)
            for one, other in zip(exact, exact[1:] or exact, strict=False)
            if one[0] <= x <= other[0] and min(one[1], other[1]) <= y <= max(one[1], other[1])
        ]
        assert near, "a dot outside the rectangles between two timesteps"


@given(st.lists(numbers, min_size=2, max_size=80), sizes)
def test_a_curve_is_connected(values: list[float], size: tuple[int, int]) -> None:
    left = dots(draw(values, Limits(-2, 3), *size))
    reached = [left.pop()]
    for x, y in reached:
        beside = {(x + right, y + down) for right in (-1, 0, 1) for down in (-1, 0, 1)} & left
        left -= beside
        reached += beside
    assert not left


def test_a_straight_line_has_one_dot_in_each_column() -> None:
    found = dots(draw([3.0, -2.0], Limits(-2, 3), 10, 5))
    assert found == {(x, x) for x in range(20)}


def test_what_is_not_finite_is_a_gap_and_what_is_beyond_the_scale_at_its_end() -> None:
    assert dots(draw([9.0, math.nan, -9.0], Limits(-2, 3), 2, 1)) == {(0, 0), (3, 3)}
    assert dots(draw([math.inf] * 3, Limits(-2, 3), 2, 1)) == set()


@given(st.floats(1e-6, 1e9))
def test_at_least_two_thirds_of_a_scale_are_used_and_its_end_is_short_to_write(value: float) -> None:
    end = outward(value)
    assert value <= end <= 1.5 * value * (1 + 1e-9)
    assert float(f"{end:.1e}") == pytest.approx(end)


@pytest.mark.parametrize(
    ("curves", "wanted"),
    [
        ([([0.2, -3.1], "open"), ([0.9], "open")], (-4, 1)),
        ([([0.2, 0.4], "unit")], (0, 1)),
        ([([0.2, 0.4], "unit"), ([0.1], "signed")], (-1, 1)),
        ([([1.7], "unit")], (0, 2)),  # held there
        ([([0.0, 0.0], "open")], (0, 1)),
        ([([math.nan, -0.03], "open")], (-0.03, 0)),
        ([([math.nan], "open")], (0, 1)),
    ],
)
def test_a_scale_holds_all_values_and_the_range_of_each(
    curves: list[tuple[list[float], str]], wanted: tuple[float, float]
) -> None:
    found = Limits.of(Curve("x", values, "x", span) for values, span in curves)
    assert found == pytest.approx(wanted)
