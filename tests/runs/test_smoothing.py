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
from explorer.runs.smoothing import SMOOTHING, Part, Smoothed, factor_of

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


def by_two_sums(numbers, factor):
    """Return the weighted means, as one sum divided by another."""
    total = weight = 0.0
    means = []
    for number in numbers:
        if math.isfinite(number):
            total, weight = factor * total + number, factor * weight + 1
        means.append(total / weight if math.isfinite(number) else math.nan)
    return means


@given(
    st.lists(values, min_size=1, max_size=60),
    st.integers(1, 60),
    st.sampled_from([0.02, 0.5, 0.9, 0.99, 0.999]) | st.floats(0.001, 0.999),
    st.data(),
)
def test_in_any_window_it_is_a_plain_loop_over_all_points_before(pattern, times, factor, data):
    numbers = (pattern * times * 20)[:5000]
    first = data.draw(st.integers(0, len(numbers)))
    end = data.draw(st.integers(first, len(numbers)))
    line = series(numbers)
    largest = max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)
    wanted = pytest.approx(by_two_sums(numbers, factor)[first:end], abs=1e-12 * largest, nan_ok=True)
    assert Part(line, factor, first, end).stretch(0, end - first) == wanted
    assert Smoothed(line, factor).stretch(first, end) == wanted


@pytest.mark.parametrize("most_apart", [0, 100, 10**6])
def test_a_part_is_the_same_line_whether_the_whole_is_known_or_not(monkeypatch, most_apart):
    monkeypatch.setattr("explorer.runs.series.MOST_APART", most_apart)
    numbers = [math.sin(at) for at in range(20 * BLOCK + 7)]
    line, wanted = series(numbers), by_two_sums(numbers, 0.95)
    for first, end in ((0, 9), (3000, 3050), (19 * BLOCK, 20 * BLOCK + 7), (700, 4000)):
        part, begin = line.smoothed_part(0.95, first, end)
        assert part.stretch(first - begin, end - begin) == pytest.approx(wanted[first:end], rel=1e-12)
        found = part.extremes(first - begin, end - begin)
        assert found.lowest == pytest.approx(min(wanted[first:end]), rel=1e-12)
    assert line.smoothed_part(0, 3, 4) == (line, 0)


def test_a_part_reads_only_what_weighs_something_there_unless_that_was_huge():
    numbers = [1e30] + [1.0 + at % 3 for at in range(200_000)]
    line = series(numbers)
    line.extremes(0, len(numbers))
    read, stretch = [], line.stretch
    line.stretch = lambda first, end: read.append(end - first) or stretch(first, end)
    wanted = by_two_sums(numbers, 0.99)
    assert Part(line, 0.99, 190_000, 190_100).stretch(0, 100) == pytest.approx(
        wanted[190_000:190_100], rel=1e-12
    )
    assert sum(read) < 40_000
    del read[:]
    assert Part(line, 0.99, 5_000, 5_010).stretch(0, 10) == pytest.approx(wanted[5_000:5_010], rel=1e-9)
    assert max(wanted[5_000:5_010]) > 1e6  # what came first still weighs more than all that came since


def test_it_is_smoothed_a_little_at_a_time_before_anyone_asks():
    numbers = [math.cos(at) for at in range(10 * BLOCK + 3)]
    line = series(numbers)
    assert [line.prepare(0.9, 4) for _ in range(3)] == [True, True, False]
    read, stretch = [], line.stretch
    line.stretch = lambda first, end: read.append(end - first) or stretch(first, end)
    smoothed, begin = line.smoothed_part(0.9, 2 * BLOCK, 9 * BLOCK)
    assert (smoothed, begin) == (line.smoothed(0.9), 0)
    found = smoothed.extremes(2 * BLOCK, 9 * BLOCK)
    assert found.highest == pytest.approx(max(by_two_sums(numbers, 0.9)[2 * BLOCK : 9 * BLOCK]), rel=1e-12)
    assert sum(read) == 0


def test_of_more_factors_than_are_kept_the_oldest_goes():
    line = series([1.0, 2.0])
    first = line.smoothed(0.1)
    for factor in (0.2, 0.3, 0.4):
        assert line.smoothed(0.1) is first and line.smoothed(factor).factor == factor
    line.smoothed(0.5)
    assert line.smoothed(0.1) is not first


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("0.95", 0.95),
        (" Light ", 0.9),
        ("off", 0.0),
        ("0", 0.0),
        ("1", None),
        ("-0.1", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_factor_is_typed_as_a_name_or_a_number(text, factor):
    assert factor_of(text) == factor


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
