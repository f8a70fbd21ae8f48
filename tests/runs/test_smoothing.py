"""Smoothing: over all points, the same at every width, exact, and cheap anywhere."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.blocks import BLOCK
from explorer.runs.series import Columns, Series
from explorer.runs.smoothing import SMOOTHING, Smoothed

values = st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, -math.inf])


def series(numbers):
    """Make a series of these values."""
    return Series(array("d", range(1, len(numbers) + 1)), array("d", numbers))


def by_a_plain_loop(numbers, factor):
    """Return the weighted means, in exact fractions: each finite point weighs 1/a of the one before it."""
    a, seen, means = Fraction(factor), [], []
    for number in numbers:
        if not math.isfinite(number):
            means.append(math.nan)
            continue
        seen = [(weight * a, value) for weight, value in seen] + [(Fraction(1), Fraction(number))]
        total = sum(weight for weight, _ in seen)
        means.append(float(sum(weight * value for weight, value in seen) / total))
    return means


@given(
    st.lists(values, max_size=30), st.sampled_from([0.01, 0.5, 0.9, 0.99, 0.9999]) | st.floats(0.001, 0.999)
)
def test_it_is_a_plain_loop_to_twelve_digits(numbers, factor):
    smoothed = series(numbers).smoothed(factor)
    wanted = by_a_plain_loop(numbers, factor)
    largest = max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)
    assert list(smoothed.stretch(0, len(numbers))) == pytest.approx(wanted, abs=1e-12 * largest, nan_ok=True)


@pytest.mark.parametrize("factor", [0.6, 0.9, 0.999])
def test_a_long_line_is_smoothed_like_by_torchs_and_adams_formula(factor):
    numbers = [math.sin(0.01 * at) + (at % 7) for at in range(20 * BLOCK + 3)]
    smoothed = series(numbers).smoothed(factor)
    average = 0.0
    for at, number in enumerate(numbers, start=1):
        average = factor * average + (1 - factor) * number
        assert smoothed[at - 1] == pytest.approx(average / (1 - factor**at), rel=1e-12)


@given(st.floats(-1e30, 1e30), st.floats(0.001, 0.9999))
def test_a_constant_stays_the_same_to_the_last_bit(constant, factor):
    assert set(series([constant] * (BLOCK + 9)).smoothed(factor).stretch(0, BLOCK + 9)) == {constant}


def test_ten_points_stay_ten_and_without_a_factor_they_stay_as_they_are():
    ten = series([float(number) for number in range(10)])
    assert len(ten.smoothed(SMOOTHING["strong"])) == 10
    assert ten.smoothed(SMOOTHING["off"]) is ten


@pytest.mark.parametrize("factor", [-0.1, 1.0, 1.5, math.nan])
def test_a_factor_that_is_none_is_refused(factor):
    with pytest.raises(ValueError, match="between 0 and 1"):
        series([1.0]).smoothed(factor)


def test_the_value_at_a_step_is_the_same_however_the_line_was_read_and_grew():
    table = Columns({"loss": "d"})
    for step in range(1, 3 * BLOCK):
        table.add(step, [math.cos(step)])
        if step % 100 == 0:
            table["loss"].smoothed(0.9).extremes(0, step)
    whole = series([math.cos(step) for step in range(1, 3 * BLOCK)]).smoothed(0.9)
    grown = table["loss"].smoothed(0.9)
    assert list(grown.stretch(0, len(grown))) == list(whole.stretch(0, len(whole)))
    assert [grown[at] for at in (0, 255, 256, 700)] == [whole[at] for at in (0, 255, 256, 700)]


def test_reading_one_value_of_many_computes_at_most_a_block():
    line = series([1.0] * 100_000)
    smoothed = Smoothed(line, 0.9)
    assert smoothed[99_999] == 1.0
    read = []
    stretch = line.stretch
    line.stretch = lambda first, end: read.append(end - first) or stretch(first, end)
    for at in (0, 50_000, 99_999):
        smoothed[at]
    assert max(read) <= BLOCK and len(read) == 3


def test_the_extremes_are_those_of_the_smoothed_values():
    numbers = [math.sin(at * at) for at in range(1000)]
    smoothed = series(numbers).smoothed(0.5)
    part = smoothed.stretch(100, 900)
    found = smoothed.extremes(100, 900)
    assert (found.lowest, found.highest) == (min(part), max(part))
    assert (smoothed[found.low], smoothed[found.high]) == (found.lowest, found.highest)
    assert found.mean == pytest.approx(sum(part) / 800)
