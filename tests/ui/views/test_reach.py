"""How far the scale of numbers around 0 goes."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence

import pytest

from explorer.ui.views.inputs import MOST
from explorer.ui.views.reach import reach


def found(values: Sequence[float], row: int = 1) -> float:
    """Return the reach of values, with so many in a row."""
    return reach(memoryview(array("f", values)), row)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([0.0], 1e-6), ([0.03], 0.05), ([1.5], 2), ([-3.0], 5), ([7.0], 10), ([math.nan, math.inf], 1)],
)
def test_a_scale_ends_at_a_round_number_beyond_the_values(values: list[float], wanted: float) -> None:
    assert found(values * 28) == pytest.approx(wanted)


def test_one_outlier_in_a_hundred_does_not_flatten_the_rest() -> None:
    assert found([1.0] * 277 + [900.0] * 3, row=10) == 1.0


@pytest.mark.parametrize("row", [1, 7, 64, 128, 130])
@pytest.mark.parametrize("spread", [0.5, 3.0, 8.0])
def test_of_many_values_a_sample_finds_the_same_end_or_the_one_beside_it(row: int, spread: float) -> None:
    source, timesteps = random.Random(row), 4 * MOST // row
    scales = [source.uniform(0.2, 1) for _ in range(row)]  # places of a row differ, and so do timesteps
    values = [
        source.gauss(0, spread * scale * (1 + timestep / timesteps))
        for timestep in range(timesteps)
        for scale in scales
    ]
    ranked = sorted(map(abs, values))
    exact = ranked[int(0.98 * (len(ranked) - 1))]
    ends = [power * step for power in (0.1, 1, 10, 100) for step in (1, 2, 5)]
    wanted = next(place for place, end in enumerate(ends) if end >= exact)
    assert found(values, row) in [pytest.approx(end) for end in ends[max(0, wanted - 1) : wanted + 2]]


def test_every_place_of_a_row_has_its_part_in_that_sample() -> None:
    # 3 places of 128 are 2.3 %; every 8th value, as many as may be taken, would be none of theirs
    values = [9.0 if place in (1, 3, 5) else 0.01 for _ in range(1000) for place in range(128)]
    assert found(values, 128) == 10
