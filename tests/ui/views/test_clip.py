"""What of a curve is inside a plot: all of it that is, and nothing else."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.clip import line_within, points_within

values = st.floats(-10, 10) | st.just(math.nan)
LOW, HIGH = -3.0, 4.0


def on_line(xs: list[float], ys: list[float], x: float, y: float) -> bool:
    """Return whether a point is on a line, wherever that is no hole."""
    for (one, before), (other, after) in pairwise(zip(xs, ys, strict=True)):
        if one <= x <= other and not math.isnan(before + after):
            at = before + (after - before) * (x - one) / (other - one)
            if math.isclose(at, y, abs_tol=1e-9):
                return True
    return any(math.isclose(x, one) and math.isclose(y, value) for one, value in zip(xs, ys, strict=True))


@given(st.lists(values, max_size=20))
def test_a_line_keeps_what_is_inside_and_bends_only_where_it_did_or_at_the_limits(ys: list[float]) -> None:
    xs = [float(at) for at in range(len(ys))]
    inside = line_within((xs, ys), LOW, HIGH)
    points = [(x, y) for x, y in zip(*inside, strict=True) if not math.isnan(y)]
    assert all(LOW <= y <= HIGH and on_line(xs, ys, x, y) for x, y in points)
    assert inside[0] == sorted(inside[0])
    kept = {point for point in zip(xs, ys, strict=True) if LOW <= point[1] <= HIGH}
    assert kept <= set(points)
    assert all(y in (LOW, HIGH) for _, y in set(points) - kept)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=20))
def test_between_two_points_there_is_a_line_exactly_where_there_was_one_inside(ys: list[float]) -> None:
    xs = [float(at) for at in range(len(ys))]
    inside = line_within((xs, ys), LOW, HIGH)
    for x in (at / 8 for at in range(8 * len(ys) - 7)):
        at = min(int(x), len(ys) - 2)
        y = ys[at] + (ys[at + 1] - ys[at]) * (x - at)
        if LOW + 1e-6 < y < HIGH - 1e-6:
            assert on_line(*inside, x, y)
        elif not LOW - 1e-6 < y < HIGH + 1e-6:
            assert not on_line(*inside, x, y)


@given(st.lists(st.floats(-10, 10), max_size=9))
def test_dots_are_inside_or_not_drawn(ys: list[float]) -> None:
    xs = [float(at) for at in range(len(ys))]
    wanted = [(x, y) for x, y in zip(xs, ys, strict=True) if LOW <= y <= HIGH]
    assert [*zip(*points_within((xs, ys), LOW, HIGH), strict=True)] == wanted
