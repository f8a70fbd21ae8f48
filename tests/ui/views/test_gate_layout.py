"""The positions of the gates' pixels, for every size of the terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.gate_layout import BAR, LEAST, MARGIN, Layout
from explorer.ui.views.pooling import MODES
from explorer.ui.views.rows import Spot
from explorer.ui.views.unit_order import BY_NUMBER, UnitOrder


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Generate the layout for any size of the widget, any sample, any cell and any cursor."""
    hidden = draw(st.integers(1, 512))
    timesteps = draw(st.integers(1, 40) | st.integers(1, 2000))
    return Layout.fit(
        (draw(st.integers(60, 300)), draw(st.integers(16, 120))),
        (timesteps, draw(st.integers(1, 40) | st.integers(1, 512))),
        maps=draw(st.integers(1, 6)),
        hidden=hidden,
        unit=draw(st.integers(0, hidden - 1)),
        pooled=draw(st.sampled_from(MODES)),
        timestep=draw(st.integers(0, timesteps - 1)),
        before=draw(st.integers(0, 2000)),
        scaled=draw(st.booleans()),
        order=draw(st.just(BY_NUMBER) | orders(hidden)),
        barred=draw(st.booleans()),
        turn=draw(st.integers(0, 12)),
    )


def orders(hidden: int) -> st.SearchStrategy[UnitOrder]:
    """Generate any order of so many units."""
    shuffled = st.randoms(use_true_random=False).map(lambda random: random.sample(range(hidden), hidden))
    return shuffled.map(lambda units: UnitOrder("vote", tuple(units), "by vote"))


def place(layout: Layout, unit: int) -> int:
    """Return where a unit stands."""
    return layout.order.units.index(unit) if layout.order.units else unit


def fitted(width: int, height: int, maps: int = 6, hidden: int = 128) -> Layout:
    """Make the layout of single units, the first one under the cursor."""
    return Layout.fit((width, height), (28, 28), maps, hidden, 0)


class TestUnits:
    @given(layouts())
    def test_there_is_always_a_column_and_never_more_than_units(self, layout: Layout) -> None:
        assert 1 <= len(layout.spans) <= layout.columns <= layout.hidden

    @given(layouts())
    def test_the_overview_shows_every_unit_once_and_in_order(self, layout: Layout) -> None:
        if layout.pooled:
            shown = [unit for column in range(len(layout.spans)) for unit in layout.units(column)]
            assert shown == list(layout.order.units or range(layout.hidden))

    @given(layouts())
    def test_single_units_are_one_to_a_column_from_a_multiple_of_a_page_on(self, layout: Layout) -> None:
        if not layout.pooled:
            first = place(layout, layout.unit) // layout.columns * layout.columns
            end = min(first + layout.columns, layout.hidden)
            assert layout.spans == [(unit, unit + 1) for unit in range(first, end)]

    @given(layouts())
    def test_the_unit_under_the_cursor_is_shown_in_the_cursor_s_column(self, layout: Layout) -> None:
        assert layout.unit in layout.units(layout.cursor_column)

    @given(layouts(), st.sampled_from([-1, 1]))
    def test_a_turned_page_is_the_one_beside_it_and_the_first_and_the_last_one_stay(
        self, layout: Layout, by: int
    ) -> None:
        unit = layout.turned(by)
        at, to = place(layout, layout.unit), place(layout, unit)
        page, turned = at // layout.columns, to // layout.columns
        pages = (layout.hidden - 1) // layout.columns + 1
        if layout.pooled or not 0 <= page + by < pages:
            assert unit == layout.unit
        else:
            assert turned == page + by
            assert to % layout.columns == at % layout.columns or to == layout.hidden - 1

    def test_paging_through_single_units_shows_each_of_them_once(self) -> None:
        shown, layout = [], fitted(80, 20)
        while True:
            shown += [first for first, _ in layout.spans]
            unit = layout.turned(1)
            if unit == layout.unit:
                break
            layout = Layout.fit((80, 20), (28, 28), 6, 128, unit)
        assert shown == list(range(128))
        assert len(layout.spans) == 128 % layout.columns


class TestPlaces:
    @given(layouts())
    def test_the_maps_fit_beside_each_other_without_touching(self, layout: Layout) -> None:
        starts = [layout.left(index) for index in layout.maps_of(0)]
        ends = [start + layout.columns * layout.cell for start in starts]
        assert starts[0] >= MARGIN + layout.panel.width + MARGIN + (BAR + 1 if layout.barred else 0)
        assert all(start >= end + MARGIN for start, end in zip(starts[1:], ends, strict=False))
        assert ends[-1] <= layout.width

    @given(layouts())
    def test_every_line_fits_into_the_widget(self, layout: Layout) -> None:
        lines = layout.bands * layout.band
        if layout.bands == 1:
            lines += 1 if layout.compact else layout.below
        assert lines <= layout.height

    @given(layouts())
    def test_below_the_sample_there_is_room_for_every_value_where_they_stand_there(
        self, layout: Layout
    ) -> None:
        around = 6  # a blank line, timestep, unit, a blank line, the weights' step, which units are shown
        assert layout.bands == 1 or layout.height - layout.band >= layout.maps + around

    @given(layouts())
    def test_what_is_to_be_said_about_the_sample_and_the_timesteps_has_its_lines(
        self, layout: Layout
    ) -> None:
        if layout.scrolls or layout.panel.noted:
            assert layout.legend and not layout.compact
            assert layout.noted == (layout.bands == 1)

    @given(layouts())
    def test_every_map_has_its_place_and_no_band_is_empty(self, layout: Layout) -> None:
        groups = [replace(layout, turn=turn) for turn in range(layout.groups)]
        assert all(len(one.maps_of(band)) for one in groups[:-1] for band in range(one.bands))
        placed = [index for one in groups for band in range(one.bands) for index in one.maps_of(band)]
        assert placed == [*range(layout.maps)]
        assert layout.shown == groups[layout.turn % layout.groups].shown

    @given(layouts())
    def test_fewer_maps_are_shown_at_a_time_only_where_all_would_be_crowded(self, layout: Layout) -> None:
        least = min(LEAST, layout.hidden)
        assert layout.columns >= least or layout.at_once == 1
        if layout.groups > 1:
            every = replace(layout, at_once=layout.maps, turn=0)
            bands = (replace(every, bands=bands) for bands in range(1, layout.maps + 1))
            assert all(one.columns < least or not one._fits for one in bands)

    @given(layouts(), st.data())
    def test_the_unit_under_the_mouse_is_the_one_painted_there(
        self, layout: Layout, data: st.DataObject
    ) -> None:
        index = data.draw(st.sampled_from([*layout.shown]))
        column = data.draw(st.integers(0, len(layout.spans) - 1))
        line = data.draw(st.integers(0, layout.lines - 1))
        part = data.draw(st.integers(0, layout.cell - 1))
        x = layout.left(index) + column * layout.cell + part
        band = (index - layout.shown[0]) // layout.per_band
        spot = layout.spot(x, band * layout.band + 1 + line)
        assert spot is not None
        assert spot.timestep == layout.scroll.first + line * (1 if layout.tall else 2)
        assert spot.timestep < layout.scroll.last
        units = layout.units(column)
        assert spot.unit == (layout.unit if layout.unit in units else units[0])

    @given(layouts(), st.data())
    def test_on_the_sample_and_its_bar_there_is_a_timestep_but_no_unit(
        self, layout: Layout, data: st.DataObject
    ) -> None:
        bar = range(layout.bar - MARGIN, layout.bar - MARGIN + BAR if layout.barred else 0)
        x = data.draw(st.sampled_from([*range(layout.panel.painted), *bar]))
        line = data.draw(st.integers(0, layout.lines - 1))
        timestep = layout.scroll.first + line * (1 if layout.tall else 2)
        assert layout.spot(MARGIN + x, 1 + line) == Spot(timestep, None)

    @given(layouts())
    def test_the_timestep_under_the_cursor_is_on_one_of_the_lines(self, layout: Layout) -> None:
        found = {layout.spot(MARGIN, 1 + line) for line in range(layout.lines)}
        painted = {spot.timestep + lower for spot in found if spot for lower in range(layout.per_line)}
        assert layout.timestep in painted
        assert len(found) == layout.lines and None not in found

    @given(layouts(), st.integers(-5, 320), st.integers(-5, 130))
    def test_beside_the_maps_and_the_sample_there_is_nothing(self, layout: Layout, x: int, y: int) -> None:
        band, line = divmod(y, layout.band)
        maps = layout.maps_of(band) if band >= 0 else ()
        wide = len(layout.spans) * layout.cell
        on = any(layout.left(index) <= x < layout.left(index) + wide for index in maps)
        on |= band == 0 and MARGIN <= x < MARGIN + layout.panel.painted
        on |= layout.barred and band == 0 and layout.bar <= x < layout.bar + BAR
        on &= 0 <= band < layout.bands and 1 <= line <= layout.lines
        assert (layout.spot(x, y) is not None) == on

    def test_the_sample_is_in_the_first_band_alone(self) -> None:
        layout = fitted(156, 39)
        assert layout.bands == 2
        assert layout.spot(MARGIN, 3) == Spot(4, None)
        assert layout.spot(MARGIN, layout.band + 3) is None


class TestRoom:
    """What becomes of the room at the sizes that people have."""

    @pytest.mark.parametrize(
        ("width", "height", "maps", "bands"),
        [(156, 18, 6, 1), (156, 39, 6, 2), (116, 34, 6, 2), (156, 39, 1, 1)],
    )
    def test_a_tall_widget_has_two_bands_of_maps_where_one_would_be_crowded(
        self, width: int, height: int, maps: int, bands: int
    ) -> None:
        assert fitted(width, height, maps).bands == bands

    @pytest.mark.parametrize(
        ("maps", "shown", "columns"), [(6, range(3), 8), (4, range(2), 13), (1, range(1), 29)]
    )
    def test_beside_the_belief_at_eighty_columns_three_maps_of_an_lstm_have_eight_columns(
        self, maps: int, shown: range, columns: int
    ) -> None:
        layout = Layout.fit((66, 20), (28, 28), maps, 128, 0, barred=True)
        assert (layout.shown, layout.columns) == (shown, columns)
        assert fitted(80, 20, maps).at_once == maps  # alone, all of them have room

    def test_two_bands_show_more_than_twice_the_units(self) -> None:
        assert (fitted(116, 18).columns, fitted(116, 34).columns) == (12, 26)

    def test_few_units_are_several_columns_wide(self) -> None:
        layout = fitted(156, 18, hidden=8)
        assert (layout.columns, layout.cell) == (8, 2)
        assert (fitted(156, 18, maps=1, hidden=8).cell, fitted(156, 18, hidden=128).cell) == (15, 1)

    @pytest.mark.parametrize(("height", "tall"), [(31, False), (32, True)])
    def test_where_the_height_allows_it_a_timestep_takes_a_line_and_a_pixel_two_columns(
        self, height: int, tall: bool
    ) -> None:
        layout = fitted(156, height, maps=1)
        assert (layout.tall, layout.lines, layout.panel.painted) == (
            (True, 28, 56) if tall else (False, 14, 28)
        )

    def test_no_unit_is_left_out_for_the_sake_of_taller_timesteps(self) -> None:
        layout = fitted(156, 39, hidden=16)
        assert (layout.columns, layout.tall) == (16, False)

    @pytest.mark.parametrize(
        ("width", "height", "legend", "compact"),
        [(80, 19, True, False), (80, 18, False, False), (60, 17, False, True), (156, 18, True, False)],
    )
    def test_a_low_widget_gives_up_the_legend_then_the_line_of_the_weights(
        self, width: int, height: int, legend: bool, compact: bool
    ) -> None:
        layout = fitted(width, height)
        assert (layout.legend, layout.compact) == (legend, compact)

    @pytest.mark.parametrize(
        ("size", "timesteps", "shown"),
        [
            ((156, 18), 28, 28),
            ((156, 18), 1000, 26),
            ((156, 39), 70, 70),
            ((156, 39), 1000, 68),
            ((80, 19), 1000, 26),
            ((60, 17), 28, 28),
            ((60, 17), 29, 22),
        ],
    )
    def test_a_long_sequence_scrolls_in_one_band_of_as_many_lines_as_there_are(
        self, size: tuple[int, int], timesteps: int, shown: int
    ) -> None:
        layout = Layout.fit(size, (timesteps, 28), 6, 128, 0)
        assert (layout.scrolls, layout.scroll.last) == (timesteps > shown, shown)
        assert not layout.scrolls or (layout.bands, layout.tall) == (1, False)

    @pytest.mark.parametrize("size", [(156, 18), (116, 34), (80, 19), (60, 17)])
    @pytest.mark.parametrize("inputs", [1, 2, 28, 64, 512])
    def test_whatever_the_sample_the_maps_have_as_much_room_as_beside_an_image(
        self, size: tuple[int, int], inputs: int
    ) -> None:
        image = Layout.fit(size, (28, 28), 6, 128, 0)
        layout = Layout.fit(size, (28, inputs), 6, 128, 0, scaled=True)
        assert layout.columns >= image.columns - 2 or layout.bands < image.bands
