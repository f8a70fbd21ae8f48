"""Runs of any length, reduced to the number of columns of a plot."""

from __future__ import annotations

import math
import random
from array import array
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs import decimate
from explorer.runs.blocks import BLOCK
from explorer.runs.decimate import Reduced, Window, holes, horizon, trace
from explorer.runs.series import Columns, Series


def series(steps: Sequence[float], values: Sequence[float]) -> Series:
    """Make a series of these points."""
    return Series(array("d", steps), array("d", values))


def reduce(points: Series, columns: int, last: float) -> Reduced:
    """Reduce all of a series, from step 0."""
    return decimate.reduce(points, points.steps, Window(0.0, max(last, 1.0), columns))


losses = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


@st.composite
def plots(draw: st.DrawFn) -> tuple[Series, int, int]:
    """Generate a series of rising steps, the columns of a plot, and the step at its right edge."""
    steps = sorted(draw(st.sets(st.integers(1, 2000), max_size=200)))
    values = draw(st.lists(losses, min_size=len(steps), max_size=len(steps)))
    last = draw(st.integers(steps[-1] if steps else 1, 3000))
    return series(steps, values), draw(st.integers(1, 100)), last


def column_of(step: float, columns: int, last: int) -> int:
    """Return the column of a step: with 100 steps in 10 columns, 1 to 10 are in the first."""
    return math.ceil(Fraction(step) * columns / last) - 1


def by_column(points: Series, columns: int, last: int) -> dict[int, list[float]]:
    """Return the values of each column, without those that aren't finite."""
    found = defaultdict(list)
    for step, value in zip(points.steps, points.values, strict=True):
        if math.isfinite(value):
            found[column_of(step, columns, last)].append(value)
    return found


def means(points: Series, columns: int, last: int) -> list[float]:
    """Return the means of all columns but the last, and of as many of the newest steps as a column has."""
    shown = [(step, value) for step, value in zip(points.steps, points.values, strict=True) if step <= last]
    if not shown:
        return []
    newest = shown[-1][0]
    full = by_column(points, columns, last)
    groups = [full[at] for at in sorted(full) if at < column_of(newest, columns, last)]
    groups.append([value for step, value in shown if step > newest - last / columns])
    numbers = [[value for value in group if math.isfinite(value)] for group in groups]
    return [sum(group) / len(group) for group in numbers if group]


@given(plots())
def test_every_column_keeps_its_lowest_and_its_highest_value(plot: tuple[Series, int, int]) -> None:
    points, columns, last = plot
    xs, ys = reduce(*plot).band
    kept = by_column(series(xs, ys), columns, last)
    wanted = by_column(points, columns, last)
    assert {at: (min(values), max(values)) for at, values in kept.items()} == {
        at: (min(values), max(values)) for at, values in wanted.items()
    }


@given(plots())
def test_every_point_of_the_band_is_a_point_of_the_series(plot: tuple[Series, int, int]) -> None:
    points = plot[0]
    there = set(zip(points.steps, points.values, strict=True))
    assert set(zip(*reduce(*plot).band, strict=True)) <= there


@given(plots())
def test_a_column_gets_at_most_two_points_of_the_band_and_one_of_the_mean(
    plot: tuple[Series, int, int],
) -> None:
    _, columns, last = plot
    (xs, ys), mean = reduce(*plot)
    assert all(len(values) <= 2 for values in by_column(series(xs, ys), columns, last).values())
    drawn = [value for value in mean[1] if not math.isnan(value)]
    assert len(drawn) <= len(mean[0]) == len(mean[1]) <= columns
    assert drawn == pytest.approx(means(*plot))


@given(plots())
def test_steps_rise_and_stay_inside_the_plot(plot: tuple[Series, int, int]) -> None:
    for xs, _ in reduce(*plot):
        assert all(one < other for one, other in pairwise(xs))
        assert all(0 <= x <= plot[2] for x in xs)


def test_the_end_of_the_mean_is_no_noisier_than_the_rest_of_it() -> None:
    chance = random.Random(1)
    values = [chance.random() for _ in range(3000)]
    rest = reduce(series(range(1, 3001), values), 30, 3000).mean[1]
    for steps in range(200, 3001, 17):  # the last column holds from 1 to 100 of them
        end = reduce(series(range(1, steps + 1), values[:steps]), 30, 3000).mean[1][-1]
        assert min(rest) - 0.03 < end < max(rest) + 0.03  # one batch is anywhere from 0 to 1


def test_the_mean_moves_with_every_step_while_there_are_few() -> None:
    falling = [1 / step for step in range(1, 21)]
    ends = []
    for steps in range(1, 21):
        xs, ys = reduce(series(range(1, steps + 1), falling[:steps]), 60, 64).mean
        assert xs[-1] == pytest.approx(steps, abs=1)
        ends.append(ys[-1])
    assert all(one > other for one, other in pairwise(ends))


def test_the_end_of_the_mean_lies_in_the_middle_of_the_steps_that_it_is_made_of() -> None:
    for steps in (101, 150, 199, 200):
        found = reduce(series(range(1, steps + 1), range(1, steps + 1)), 10, 1000).mean
        assert found[0] == [50, steps - 50]
        assert found[1] == [50.5, steps - 49.5]


def test_a_series_without_any_number_has_no_points() -> None:
    assert reduce(series([1, 2], [math.nan] * 2), 10, 2) == (([], []), ([], []))
    assert reduce(Series(), 10, 1) == (([], []), ([], []))


def test_all_of_a_few_points_are_kept() -> None:
    found = reduce(series([1, 40, 80], [3.0, 2.0, 1.0]), 10, 100)
    assert found.band == ([1, 40, 80], [3.0, 2.0, 1.0])
    assert found.mean == ([5.0, 35.0, 75.0], [3.0, 2.0, 1.0])


def test_a_hundred_thousand_steps_become_as_many_points_as_there_are_columns() -> None:
    steps = range(1, 100_001)
    found = reduce(series(steps, [1 / step for step in steps]), 70, 100_000)
    assert len(found.band[0]) <= 2 * 71
    assert (found.band[1][0], found.band[1][-1]) == (1.0, 1 / 100_000)


def one_by_one(points: Series, columns: int, last: int) -> tuple[list[tuple[float, float]], list[float]]:
    """Return the band and the mean, computed from every point."""
    seen: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for step, value in zip(points.steps, points.values, strict=True):
        if math.isfinite(value) and step <= last:
            seen[column_of(step, columns, last)].append((step, value))
    band: list[tuple[float, float]] = []
    for _, column in sorted(seen.items()):
        low = min(column, key=lambda point: point[1])
        high = max(column, key=lambda point: point[1])
        band += sorted({low, high})
    return band, means(points, columns, last)


@given(
    st.integers(0, 2**32),
    st.lists(st.integers(1, 3 * BLOCK), min_size=1, max_size=4),
    st.integers(1, 90),
    st.integers(1, 60),
)
def test_a_long_series_that_grows_between_drawings_is_drawn_as_if_for_the_first_time(
    seed: int, growths: list[int], columns: int, late: int
) -> None:
    chance = random.Random(seed)
    table, step = Columns({"loss": "d"}), 0
    points = table["loss"]
    for growth in growths:
        for _ in range(growth):
            step += chance.randint(1, 3)
            table.add(step, [chance.choice([math.nan, 0.0, chance.random(), float(chance.randint(0, 3))])])
        for _ in range(late):  # points that arrive late, after damage
            table.add(chance.randint(1, step), [chance.random() * 9])
        last = chance.choice([step, step + 100, max(1, step - 50)])
        band, mean = one_by_one(points, columns, last)
        found = reduce(points, columns, last)
        assert list(zip(*found.band, strict=True)) == band
        assert [value for value in found.mean[1] if not math.isnan(value)] == pytest.approx(mean)
        smooth = points.smoothed(0.9).stretch(0, len(points))
        assert repr(smooth) == repr(Series(points.steps, points.values).smoothed(0.9).stretch(0, len(points)))


@given(plots(), st.sampled_from([0.0, 0.6, 0.99]))
def test_a_trace_has_only_points_of_its_line_and_at_the_finest_all_of_them(
    plot: tuple[Series, int, int], factor: float
) -> None:
    points, columns, last = plot
    line = points.smoothed(factor)
    there = set(zip(points.steps, line.stretch(0, len(line)), strict=True))
    xs, ys = trace(line, points.steps, Window(0, last, columns))
    assert xs == sorted(xs) and len(xs) <= 3 * columns
    assert {(x, y) for x, y in zip(xs, ys, strict=True) if not math.isnan(y)} <= there
    xs, ys = trace(line, points.steps, Window(0, last, last))
    drawn = [(x, y) for x, y in zip(xs, ys, strict=True) if not math.isnan(y)]
    assert drawn == sorted((x, y) for x, y in there if math.isfinite(y))


def test_no_line_leads_over_a_hole() -> None:
    points = series(range(1, 8), [1.0, 2.0, math.nan, math.inf, 5.0, -math.inf, 7.0])
    xs, ys = trace(points, points.steps, Window(0, 7, 7))
    assert (xs, repr(ys)) == ([1, 2, 3, 5, 6, 7], "[1.0, 2.0, nan, 5.0, nan, 7.0]")
    assert repr(reduce(points, 7, 7).mean[1]) == "[1.0, 2.0, nan, 5.0, nan, 7.0]"
    assert reduce(points, 7, 7).band[1] == [1.0, 2.0, 5.0, 7.0]


@given(plots())
def test_holes_are_counted_by_kind_in_their_columns(plot: tuple[Series, int, int]) -> None:
    points, columns, last = plot
    counted: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for step, value in zip(points.steps, points.values, strict=True):
        if not math.isfinite(value):
            counted[column_of(step, columns, last)][str(value)] += 1
    assert dict(holes(points, points.steps, Window(0, last, columns))) == counted


def test_holes_of_a_long_series_are_found_block_by_block() -> None:
    values = [1.0] * (5 * BLOCK)
    values[3], values[BLOCK], values[4 * BLOCK + 7] = math.nan, math.inf, -math.inf
    points = series(range(1, len(values) + 1), values)
    assert points.holes(0, len(values)) == {"nan": 1, "inf": 1, "-inf": 1}
    assert points.holes(4, 4 * BLOCK) == {"inf": 1}
    assert points.holes(BLOCK + 1, 4 * BLOCK + 7) == {}


def test_a_zoomed_window_shows_its_own_points_in_its_own_columns() -> None:
    points = series(range(1, 101), range(1, 101))
    assert list(Window(40, 60, 10).stretches(points.steps))[:2] == [(0, 39, 42), (1, 42, 44)]
    assert trace(points, points.steps, Window(90, 100, 2)) == ([90, 95, 96, 100], [90, 95, 96, 100])


def test_drawing_a_million_steps_reads_few_of_them() -> None:
    points = series(range(1, 1_000_001), [1 / step for step in range(1, 1_000_001)])
    reduce(points, 70, 1_000_000)
    read: list[int] = []
    block = points._block
    points._block = lambda first, end: read.append(end - first) or block(first, end)  # type: ignore[method-assign]
    reduce(points, 70, 1_000_000)
    assert sum(read) <= 71 * 2 * BLOCK


class TestHorizon:
    @given(st.integers(0, 10**9), st.integers(0, 10**9))
    def test_the_newest_step_is_always_inside(self, step: int, total: int) -> None:
        assert horizon(step, total) >= max(step, 1)

    @given(st.integers(1, 10**9), st.data())
    def test_the_axis_never_goes_beyond_the_run(self, total: int, data: st.DataObject) -> None:
        step = data.draw(st.integers(0, total))
        assert step <= horizon(step, total) <= total

    @given(st.integers(0, 10**9), st.integers(0, 10**9))
    def test_more_than_half_of_a_long_axis_is_used(self, step: int, total: int) -> None:
        edge = horizon(step, total)
        assert edge <= 64 or step > edge / 2

    @pytest.mark.parametrize("total", [1, 64, 65, 1000, 2814, 600_000])
    def test_it_only_grows_and_changes_few_times_in_a_run(self, total: int) -> None:
        edges = [horizon(step, total) for step in range(0, total + 1, max(1, total // 5000))]
        assert edges == sorted(edges)
        assert len(set(edges)) <= 1 + max(0, math.ceil(math.log2(total / 64)))

    def test_a_run_that_continues_beyond_its_planned_end_is_still_shown(self) -> None:
        assert horizon(3000, 2814) == 3000
        assert horizon(500, 0) == 500
        assert horizon(0, 0) == 1
