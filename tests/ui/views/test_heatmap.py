"""The values that the heatmaps' pixels show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.asking import made, read
from kit.fake_engine import GATES, HIDDEN, activation, probed

from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.pooling import MODES
from explorer.ui.widgets.palette import LEVELS, level

float32s = st.floats(width=32)


def readings(values: Sequence[float], span: str, hidden: int = 1) -> Readings:
    """Make the readings of one gate with these values, timestep by timestep; the rest is 0."""
    return Readings(made(0, [*values, *[0.0] * (28 * hidden - len(values))], span, hidden))


class TestReadings:
    def test_a_value_is_the_number_that_the_engine_sent(self) -> None:
        shown = Readings(read(probed(3)))
        for gate in range(len(GATES["lstm"])):
            for timestep, unit in ((0, 0), (0, HIDDEN - 1), (27, 0), (13, 21)):
                assert shown.value(gate, timestep, [unit]) == pytest.approx(activation(gate, timestep, unit))

    def test_several_units_are_shown_as_their_mean(self) -> None:
        shown = Readings(read(probed(0)))
        wanted = sum(activation(2, 5, unit) for unit in range(10, 14)) / 4
        assert shown.value(2, 5, range(10, 14)) == pytest.approx(wanted, abs=1e-6)

    @pytest.mark.parametrize("reach", [0.5, 20.0])
    def test_an_activation_without_bounds_has_the_colour_of_its_tanh_however_far_others_go(
        self, reach: float
    ) -> None:
        values = [-8.0, -0.4, 0.0, 0.9, reach]
        shown = readings(values, "open", hidden=5)
        layout = Layout.fit((99, 20), (28, 28), 1, 5, 0)
        wanted = [level(math.tanh(value), -1, 1, LEVELS) for value in values]
        assert shown.squashed(0) and shown.levels(0, 0, layout, LEVELS) == wanted
        assert shown.value(0, 0, [4]) == pytest.approx(reach)

    def test_a_value_just_below_the_end_of_its_scale_has_the_last_colour(self) -> None:
        values = [18.5 + step / 64 for step in range(40)]  # of some, 8.5 (tanh + 1) is rounded up to 17
        layout = Layout.fit((120, 20), (28, 28), 1, 40, 0, pooled="")
        assert readings(values, "open", hidden=40).levels(0, 0, layout, LEVELS + 1) == [LEVELS] * 40

    def test_the_colour_of_several_units_is_that_of_the_tanh_of_their_mean(self) -> None:
        shown = readings([4.0, -3.0] * 60, "open", hidden=120)
        layout = Layout.fit((93, 20), (28, 28), 1, 120, 0, pooled="mean")
        assert {last - first for first, last in layout.spans} == {2}
        assert {*shown.levels(0, 0, layout, LEVELS)} == {level(math.tanh(0.5), -1, 1, LEVELS)}

    def test_scales_have_the_limits_of_their_gates(self) -> None:
        assert readings([0.4], "open").limits(0) == (-1.0, 1.0)
        assert readings([0.4], "unit").limits(0) == (0.0, 1.0)
        assert readings([0.4], "signed").limits(0) == (-1.0, 1.0)

    @given(st.lists(float32s, min_size=1, max_size=40), st.sampled_from(["unit", "signed", "open"]))
    def test_every_number_has_a_colour_of_the_scale(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        assert all(map(math.isfinite, shown.limits(0)))
        for pooled in MODES:
            layout = Layout.fit((60, 20), (28, 28), 1, len(values), 0, pooled)
            found = shown.levels(0, 0, layout, LEVELS + 1)
            assert len(found) == layout.columns
            assert all(0 <= colour <= LEVELS for colour in found)

    @given(st.lists(st.floats(-2, 2, width=16), min_size=1, max_size=20), st.sampled_from(["unit", "signed"]))
    def test_a_timestep_s_colours_are_those_of_the_palette(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        layout = Layout.fit((160, 20), (28, 28), 1, len(values), 0)
        wanted = [level(value, *shown.limits(0), LEVELS) for value in values]
        assert shown.levels(0, 0, layout, LEVELS) == wanted
