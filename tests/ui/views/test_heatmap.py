"""The positions of the heatmaps' pixels, and the values that they show."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.fake_engine import GATES, HIDDEN, activation, probed

from explorer.runs.events import ActivationInfo
from explorer.ui.views.heatmap import BAND, LINES, MARGIN, SAMPLE_WIDTH, TIMESTEPS, Layout, Readings
from explorer.ui.widgets.palette import LEVELS, level

float32s = st.floats(width=32)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Generate the layout for any size of the widget, any cell and any cursor."""
    hidden = draw(st.integers(1, 512))
    return Layout.fit(
        width=draw(st.integers(60, 300)),
        height=draw(st.integers(16, 70)),
        maps=draw(st.integers(1, 6)),
        hidden=hidden,
        unit=draw(st.integers(0, hidden - 1)),
        overview=draw(st.booleans()),
    )


def readings(values: Sequence[float], span: str, hidden: int = 1) -> Readings:
    """Make the readings of one gate with these values, timestep by timestep; the rest is 0."""
    gate = ActivationInfo("x", "made up", span)  # type: ignore[arg-type]
    filled = array("f", [*values, *[0.0] * (TIMESTEPS * hidden - len(values))])
    return Readings(
        msgspec.structs.replace(probed(0, hidden=hidden), activations=[gate], arrays=[filled.tobytes()])
    )


class TestLayout:
    @given(layouts())
    def test_there_is_always_a_column_and_never_more_than_units(self, layout: Layout) -> None:
        assert 1 <= layout.columns <= layout.hidden

    @given(layouts())
    def test_the_maps_fit_beside_each_other_without_touching(self, layout: Layout) -> None:
        ends = [layout.left(index) + layout.columns for index in range(layout.per_band)]
        starts = [layout.left(index) for index in range(layout.per_band)]
        assert starts[0] >= MARGIN + SAMPLE_WIDTH + MARGIN
        assert all(start >= end + MARGIN for start, end in zip(starts[1:], ends, strict=False))
        assert ends[-1] <= layout.width

    @given(layouts())
    def test_every_map_has_its_place_in_a_band(self, layout: Layout) -> None:
        assert layout.bands in (1, 2)
        assert layout.per_band * layout.bands >= layout.maps
        assert layout.per_band * (layout.bands - 1) < layout.maps

    @given(layouts())
    def test_the_overview_shows_every_unit_once_and_in_order(self, layout: Layout) -> None:
        if layout.overview:
            shown = [unit for column in range(layout.columns) for unit in range(*layout.units(column))]
            assert shown == list(range(layout.hidden))

    @given(layouts())
    def test_single_units_have_one_column_each_in_order_and_all_exist(self, layout: Layout) -> None:
        if not layout.overview:
            spans = [layout.units(column) for column in range(layout.columns)]
            assert spans == [
                (layout.first_unit + k, layout.first_unit + k + 1) for k in range(layout.columns)
            ]
            assert 0 <= spans[0][0] <= spans[-1][1] <= layout.hidden

    @given(layouts())
    def test_the_unit_under_the_cursor_is_shown_in_the_cursor_s_column(self, layout: Layout) -> None:
        first, last = layout.units(layout.cursor_column)
        assert first <= layout.unit < last

    def test_paging_through_single_units_reaches_each_of_them(self) -> None:
        shown = set()
        for unit in range(128):
            layout = Layout.fit(80, 20, 6, 128, unit, overview=False)
            shown |= {layout.units(column)[0] for column in range(layout.columns)}
        assert shown == set(range(128))

    @pytest.mark.parametrize(("height", "maps", "bands"), [(18, 6, 1), (36, 6, 2), (36, 3, 1), (36, 4, 2)])
    def test_a_tall_widget_has_two_rows_of_maps_where_one_would_be_crowded(
        self, height: int, maps: int, bands: int
    ) -> None:
        assert Layout.fit(158, height, maps, 128, 0, overview=False).bands == bands

    @given(layouts(), st.data())
    def test_the_unit_under_the_mouse_is_the_one_painted_there(
        self, layout: Layout, data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, layout.maps - 1))
        column = data.draw(st.integers(0, layout.columns - 1))
        line = data.draw(st.integers(0, LINES - 1))
        band = index // layout.per_band
        assert layout.spot(layout.left(index) + column, band * BAND + 1 + line) == (
            2 * line,
            layout.units(column)[0],
        )

    @given(layouts(), st.integers(0, SAMPLE_WIDTH - 1), st.integers(0, LINES - 1))
    def test_on_the_sample_there_is_a_timestep_but_no_unit(self, layout: Layout, x: int, line: int) -> None:
        for band in range(layout.bands):
            assert layout.spot(MARGIN + x, band * BAND + 1 + line) == (2 * line, None)

    @given(layouts(), st.integers(-5, 320), st.integers(-5, 80))
    def test_beside_the_maps_there_is_nothing(self, layout: Layout, x: int, y: int) -> None:
        lefts = [layout.left(index) for index in range(layout.per_band)]
        beside = not MARGIN <= x < MARGIN + SAMPLE_WIDTH
        beside &= not any(left <= x < left + layout.columns for left in lefts)
        if beside or y < 0 or y % BAND in (0, LINES + 1, LINES + 2) or y >= layout.bands * BAND:
            assert layout.spot(x, y) is None


class TestReadings:
    def test_a_value_is_the_number_that_the_engine_sent(self) -> None:
        shown = Readings(probed(3))
        for gate in range(len(GATES["lstm"])):
            for timestep, unit in ((0, 0), (0, HIDDEN - 1), (27, 0), (13, 21)):
                assert shown.value(gate, timestep, unit, unit + 1) == pytest.approx(
                    activation(gate, timestep, unit)
                )

    def test_several_units_are_shown_as_their_mean(self) -> None:
        shown = Readings(probed(0))
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

    def test_the_other_scales_have_the_limits_of_their_gates(self) -> None:
        assert readings([0.4], "unit").limits(0) == (0.0, 1.0)
        assert readings([0.4], "signed").limits(0) == (-1.0, 1.0)

    @given(st.lists(float32s, min_size=1, max_size=40), st.sampled_from(["unit", "signed", "open"]))
    def test_every_number_has_a_colour_of_the_scale(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        assert all(map(math.isfinite, shown.limits(0)))
        for overview in (False, True):
            layout = Layout.fit(60, 20, 1, len(values), 0, overview)
            found = shown.levels(0, 0, layout, LEVELS + 1)
            assert len(found) == layout.columns
            assert all(0 <= colour <= LEVELS for colour in found)

    @given(st.lists(st.floats(-2, 2, width=16), min_size=1, max_size=20), st.sampled_from(["unit", "signed"]))
    def test_a_timestep_s_colours_are_those_of_the_palette(self, values: list[float], span: str) -> None:
        shown = readings(values, span, hidden=len(values))
        layout = Layout.fit(160, 20, 1, len(values), 0, overview=False)
        wanted = [level(value, *shown.limits(0), LEVELS) for value in values]
        assert shown.levels(0, 0, layout, LEVELS) == wanted
