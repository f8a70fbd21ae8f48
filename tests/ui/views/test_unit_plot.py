"""The plot of a unit: where the names of its curves stand, and the labels of its axis."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kit import made_answers
from rich.style import Style

from explorer.ui.views.unit_data import OneUnit
from explorer.ui.views.unit_plot import Plot

NAMES = {"c": "c", "written": "i·g", "kept": "f·c", "o": "o", "h": "h"}
SPANS = {"o": "unit", "h": "signed"}
summed = st.floats(-4, 4, width=32).filter(lambda value: abs(value) > 1e-3)
values = st.tuples(summed, summed, summed, st.floats(0, 1, width=32), st.floats(-1, 1, width=32))


def unit(rows: Sequence[Sequence[float]]) -> OneUnit:
    """Return a unit with the values of c, i·g, f·c, o and h after each timestep."""
    arrays = {
        name: made_answers.part(
            [row[place] for row in rows],
            "timestep",
            label="" if name == shown else shown,
            span=SPANS.get(name, "open"),
        )
        for place, (name, shown) in enumerate(NAMES.items())
    }
    arrays |= {
        name: made_answers.part([0.5] * len(rows), "timestep", span="unit") for name in ("i", "f", "g")
    }
    votes = [[0.0, 0.0]] * len(rows)
    arrays["votes_over_time"] = made_answers.part(votes, "timestep", "class", names={"class": ["no", "yes"]})
    return OneUnit(made_answers.answer("unit", arrays, {"unit": 0, "memory": "c", "half_life": None}))


def drawn(one: OneUnit, width: int, height: int) -> list[str]:
    """Return the lines of both panels."""
    lines = Plot(one, (width, height), one.timesteps).lines(0, lambda _: Style())
    return [line.strip(width).text for line in lines[1:-1]]


def labels(lines: Sequence[str]) -> dict[int, float]:
    """Return the numbers at the left, by their lines."""
    found = {row: re.match(r" *(−?\d\S*) ", line) for row, line in enumerate(lines)}
    return {row: float(label[1].replace("−", "-")) for row, label in found.items() if label}


@given(st.lists(values, min_size=2, max_size=6), st.integers(8, 30))
@example([(-0.5, 0.1, -0.6, 0.15, 0.14)] * 2, 9)  # both stood one line too low
@example([(2.9, -0.5, 0.02, 1.0, 0.85)] * 2, 10)  # these were swapped
def test_a_name_stands_where_its_curve_ends_and_those_of_one_line_in_the_order_of_their_values(
    rows: list[tuple[float, ...]], height: int
) -> None:
    one = unit(rows)
    lines = drawn(one, 60, height)
    last = dict(zip(NAMES.values(), rows[-1], strict=True))
    others = max(3, (height - 2) * 2 // 5)
    above = height - 2 - others
    panels = [(one.summed, 0, above), (one.others, above, others)]
    if above < 3:
        panels = [(one.summed, 0, height - 2)]
    for curves, top, high in panels:
        part = lines[top : top + high]
        names = {curve.name for curve in curves}
        ends = [[text for text in line[50:].split() if text in names] for line in part]
        found = [name for row in ends for name in row]
        assert sorted(found) == sorted(names)
        assert [last[name] for name in found] == sorted((last[name] for name in found), reverse=True)
        scale = labels(part)
        zero = next(row for row, number in scale.items() if number == 0)
        for row, here in enumerate(ends):
            assert all(last[name] >= 0 if row < zero else last[name] <= 0 for name in here if row != zero)
        low, highest = limits(one, names)
        for row, here in enumerate(ends):
            for name in here:
                dots = (highest - last[name]) / (highest - low) * (4 * high - 1)
                assert 4 * row - 0.51 <= dots <= 4 * row + 3.51


def limits(one: OneUnit, names: set[str]) -> tuple[float, float]:
    """Return the ends of a panel's scale by a loop over all its values."""
    if names == {"o", "h"}:
        return -1.0, 1.0
    ends = [step * 10.0**power for power in range(-4, 2) for step in (1, 1.5, 2, 3, 4, 6, 8)]
    numbers = [value for curve in one.summed for value in curve.values]
    most, least = max(0.0, *numbers), max(0.0, *(-value for value in numbers))
    up, down = (
        min((end for end in ends if end >= reach), default=0.0) if reach else 0.0 for reach in (most, least)
    )
    return -down, up


@pytest.mark.parametrize("height", range(8, 16))
@pytest.mark.parametrize(("least", "most"), [(-0.4, 8.0), (-0.02, 1.0), (-8.0, 0.4), (-3.0, 4.0), (0.0, 2.0)])
def test_the_zero_line_is_labelled_0_and_no_end_of_the_scale_is(
    least: float, most: float, height: int
) -> None:
    ends = (most, most, most, 0.5, 0.5), (least, least, least, 0.5, 0.5)
    lines = drawn(unit(ends * 2), 70, height)  # steep: the ground shows between
    panel = lines[: height - 2 - max(3, (height - 2) * 2 // 5)]
    zero = math.floor(round(most / (most - least) * (4 * len(panel) - 1)) / 4)
    found = labels(panel)
    assert found[zero] == 0 and [*found.values()].count(0) == 1
    assert "┈" in panel[zero] and not any("┈" in line for row, line in enumerate(panel) if row != zero)
    for row, end in ((0, most), (len(panel) - 1, least)):
        assert found[row] == (pytest.approx(end) if row != zero else 0)
