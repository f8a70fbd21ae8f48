"""The values that the heatmaps' pixels show."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.asking import made, read
from kit.fake_engine import GATES, HIDDEN, activation, probed

from explorer.ui.views.activations import Activations
from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.inputs import MOST
from explorer.ui.widgets.palette import LEVELS, level

float32s = st.floats(width=32)


def long(values: Sequence[float], hidden: int) -> Activations:
    """Return activations of one open gate, as many timesteps as there are values for."""
    answer = made(0, [0.0] * 28 * hidden, "open", hidden)
    answer.values = [memoryview(array("f", values))]
    answer.timesteps = len(values) // hidden
    return answer


def readings(values: Sequence[float], span: str, hidden: int = 1) -> Readings:
    """Make the readings of one gate with these values, timestep by timestep; the rest is 0."""
    return Readings(made(0, [*values, *[0.0] * (28 * hidden - len(values))], span, hidden))


class TestReadings:
    def test_a_value_is_the_number_that_the_engine_sent(self) -> None:
        shown = Readings(read(probed(3)))
        for gate in range(len(GATES["lstm"])):
            for timestep, unit in ((0, 0), (0, HIDDEN - 1), (27, 0), (13, 21)):
                assert shown.value(gate, timestep, unit, unit + 1) == pytest.approx(
                    activation(gate, timestep, unit)
                )

    def test_several_units_are_shown_as_their_mean(self) -> None:
        shown = Readings(read(probed(0)))
        wanted = sum(activation(2, 5, unit) for unit in range(10, 14)) / 4
        assert shown.value(2, 5, 10, 14) == pytest.approx(wanted, abs=1e-6)

    @pytest.mark.parametrize(
        ("values", "reach"),
        [([0.0], 0.1), ([0.03], 0.1), ([1.5], 2), ([-3.0], 5), ([7.0], 10), ([math.nan, math.inf], 1)],
    )
    def test_an_open_scale_ends_at_a_round_number_beyond_the_values(
        self, values: list[float], reach: float
    ) -> None:
        shown = readings(values * 28, "open", hidden=len(values))
        assert shown.limits(0) == (-reach, reach)

    def test_one_outlier_in_a_hundred_does_not_flatten_the_rest(self) -> None:
        assert readings([1.0] * 277 + [900.0] * 3, "open", hidden=10).limits(0) == (-1.0, 1.0)

    @pytest.mark.parametrize("hidden", [1, 7, 64, 128, 130])
    @pytest.mark.parametrize("spread", [0.5, 3.0, 8.0])
    def test_of_many_values_a_sample_finds_the_same_end_or_the_one_beside_it(
        self, hidden: int, spread: float
    ) -> None:
        source, timesteps = random.Random(hidden), 4 * MOST // hidden
        scales = [source.uniform(0.2, 1) for _ in range(hidden)]  # units differ, and so do timesteps
        values = [
            source.gauss(0, spread * scale * (1 + timestep / timesteps))
            for timestep in range(timesteps)
            for scale in scales
        ]
        ranked = sorted(map(abs, values))
        exact = ranked[int(0.98 * (len(ranked) - 1))]
        ends = [power * step for power in (0.1, 1, 10, 100) for step in (1, 2, 5)]
        wanted = next(place for place, end in enumerate(ends) if end >= exact)
        _, found = Readings(long(values, hidden)).limits(0)
        assert found in [pytest.approx(end) for end in ends[max(0, wanted - 1) : wanted + 2]]

    def test_every_unit_has_its_part_in_that_sample(self) -> None:
        # 3 units of 128 are 2.3 %; every 8th value, as many as may be taken, would be none of theirs
        values = [9.0 if unit in (1, 3, 5) else 0.01 for _ in range(1000) for unit in range(128)]
        assert Readings(long(values, 128)).limits(0) == (-10, 10)

    def test_the_other_scales_have_the_limits_of_their_gates(self) -> None:
        assert readings([0.4], "unit").limits(0) == (0.0, 1.0)
        assert readings([0.4], "signed").limits(0) == (-1.0, 1.0)

    @given(st.lists(float32s, min_size=1, max_size=40), st.sampled_from(["unit", "signed", "open"]))
    def test_every_number_has_a_colour_of_the_scale(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        assert all(map(math.isfinite, shown.limits(0)))
        for overview in (False, True):
            layout = Layout.fit((60, 20), (28, 28), 1, len(values), 0, overview)
            found = shown.levels(0, 0, layout, LEVELS + 1)
            assert len(found) == layout.columns
            assert all(0 <= colour <= LEVELS for colour in found)

    @given(st.lists(st.floats(-2, 2, width=16), min_size=1, max_size=20), st.sampled_from(["unit", "signed"]))
    def test_a_timestep_s_colours_are_those_of_the_palette(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        layout = Layout.fit((160, 20), (28, 28), 1, len(values), 0, overview=False)
        wanted = [level(value, *shown.limits(0), LEVELS) for value in values]
        assert shown.levels(0, 0, layout, LEVELS) == wanted
