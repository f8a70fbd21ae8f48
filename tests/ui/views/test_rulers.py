"""The axes of the curves: ticks that can be read, over any range and in any size."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explorer.ui.views import rulers


def labels(ruler: rulers.Ruler) -> list[str]:
    """Return the labels of an axis, from the lowest."""
    return [label for _, label in ruler.ticks]


class TestLosses:
    @given(st.lists(st.floats(-6, 38), max_size=4), st.integers(2, 60))
    @example([-6.0, 38.0], 2)
    @example([0.36], 2)
    def test_there_are_at_least_two_short_ticks_on_different_lines(
        self, values: list[float], lines: int
    ) -> None:
        ruler = rulers.losses(values, lines)
        at = [ruler.line(tick, lines) for tick, _ in ruler.ticks]
        assert len(at) >= 2
        assert all(lines > one > other >= 0 for one, other in pairwise(at))
        assert all(len(label) <= 6 for label in labels(ruler))
        assert all(float(label) == pytest.approx(10**tick, rel=0.05) for tick, label in ruler.ticks)

    @given(st.lists(st.floats(-6, 38), min_size=1, max_size=4), st.integers(2, 60))
    def test_every_value_is_on_the_axis(self, values: list[float], lines: int) -> None:
        ruler = rulers.losses(values, lines)
        assert all(ruler.low <= value < ruler.high for value in values)

    @given(st.floats(-6, 34), st.floats(3, 44), st.integers(12, 60))
    def test_over_many_decades_the_ticks_are_powers_of_ten_and_stand_apart(
        self, low: float, decades: float, lines: int
    ) -> None:
        ruler = rulers.losses([low, min(low + decades, 38)], lines)
        at = [ruler.line(tick, lines) for tick, _ in ruler.ticks]
        assert all(one - other >= 3 for one, other in pairwise(at))
        assert lines / len(at) < 10
        if (lines - 1) / (ruler.high - ruler.low) < 6:
            assert all(tick == int(tick) for tick, _ in ruler.ticks)

    @pytest.mark.parametrize(
        ("low", "high", "lines", "wanted"),
        [
            (-2.0, 0.4, 15, ["0.01", "0.1", "1"]),
            (-0.5, 0.4, 15, ["0.5", "1", "2"]),
            (0.1, 0.4, 15, ["1", "1.5", "2", "3"]),
            (-1.0, 0.4, 9, ["0.1", "1"]),
            (0.0, 34.9, 18, ["1", "1e10", "1e20", "1e30"]),
            (0.0, 12.0, 20, ["1", "100", "1e4", "1e6", "1e8", "1e10", "1e12"]),
            (-3.0, 0.4, 2, ["0.01", "1"]),
        ],
    )
    def test_ticks_are_as_dense_as_is_readable(
        self, low: float, high: float, lines: int, wanted: list[str]
    ) -> None:
        assert labels(rulers.losses([low, high], lines)) == wanted


class TestPercents:
    @given(st.lists(st.floats(0, 100), max_size=5), st.floats(0, 100), st.integers(2, 60))
    @example([10.0], 15.0, 15)  # an axis from 10 in twenties would miss 100
    def test_100_is_the_last_of_evenly_spaced_ticks(
        self, values: list[float], usual: float, lines: int
    ) -> None:
        ruler = rulers.percents(values, usual, lines)
        ticks = [tick for tick, _ in ruler.ticks]
        assert (ticks[0], ticks[-1]) == (ruler.low, 100)
        assert len({other - one for one, other in pairwise(ticks)}) == 1
        at = [ruler.line(tick, lines) for tick in ticks]
        assert all(one - other >= min(3, lines - 1) for one, other in pairwise(at))

    @given(st.floats(0, 100), st.integers(2, 60))
    def test_it_begins_below_where_the_run_usually_is(self, usual: float, lines: int) -> None:
        low = rulers.percents([usual], usual, lines).low
        assert low <= usual
        assert low == 0 or usual - low <= 30

    def test_the_lowest_label_says_whether_something_is_below(self) -> None:
        assert labels(rulers.percents([10, 99], 93, 15)) == ["≤90", "95", "100"]
        assert labels(rulers.percents([90, 99], 93, 15)) == ["90", "95", "100"]
        assert labels(rulers.percents([10, 99], 40, 15)) == ["0", "25", "50", "75", "100"]


class TestSteps:
    @given(st.integers(1, 2**63) | st.integers(1, 5000), st.integers(14, 200))
    @example(10, 33)
    @example(100_000, 18)
    def test_labels_stand_under_their_ticks_and_apart_and_inside_the_plot(
        self, edge: int, columns: int
    ) -> None:
        placed = rulers.steps(edge, columns)
        assert len(placed) >= 2
        assert placed[0] == (0, 0, "0")
        for column, begin, label in placed:
            assert 0 <= begin <= column < begin + len(label) <= columns
        for (_, begin, label), (_, other, _) in pairwise(placed):
            assert begin + len(label) + 2 <= other

    @pytest.mark.parametrize(
        ("edge", "columns", "wanted"),
        [
            (1, 14, "0 1"),
            (10, 33, "0 2 4 6 8 10"),
            (37, 20, "0 10 20 30"),
            (1000, 33, "0 200 400 600 800 1k"),
            (2814, 33, "0 500 1k 1.5k 2k 2.5k"),
            (100_000, 33, "0 50k 100k"),
            (3_000_000, 40, "0 500k 1M 1.5M 2M 2.5M 3M"),
            (2 * 10**13, 20, "0 1e13 2e13"),
        ],
    )
    def test_ticks_are_round_numbers(self, edge: int, columns: int, wanted: str) -> None:
        assert " ".join(label for _, _, label in rulers.steps(edge, columns)) == wanted
