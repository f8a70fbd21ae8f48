"""How the curves are looked at: windows that zoom, move and follow, and what each plot then shows."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.facts import changed, noted, stepped
from kit.plots import INK, draw, run_of

from explorer.runs.over import place, places
from explorer.ui.views import plots
from explorer.ui.views.curve_panels import converter
from explorer.ui.views.look import CHOICES, LEAST, Drag, Extent, Look, Range, Span
from explorer.ui.views.plots import Canvas

extents = st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)).map(lambda ends: Extent(ends[0], sum(ends)))
moves = st.lists(
    st.tuples(st.just("zoom"), st.sampled_from([0.5, 0.7, 2.0, 1.4]))
    | st.tuples(st.just("pan"), st.floats(-2, 2)),
    max_size=12,
)


class TestWindows:
    @given(extents, moves, st.floats(0, 1))
    def test_they_stay_inside_the_run_and_never_show_less_than_a_few_steps(
        self, extent: Extent, moves: list[tuple[str, float]], share: float
    ) -> None:
        look = Look()
        for kind, amount in moves:
            around = share * extent.newest
            look = look.zoomed(amount, around, extent) if kind == "zoom" else look.panned(amount, extent)
            first, last = look.window(extent)
            assert -1e-6 <= first < last <= extent.edge + 1e-6
            assert last - first >= min(LEAST, extent.edge) - 1e-6

    @given(st.floats(100, 900), st.sampled_from([0.5, 0.8]))
    def test_the_step_around_which_one_zooms_stays_where_it_is(self, around: float, factor: float) -> None:
        extent, look = Extent(1000, 1000), Look()
        for _ in range(4):
            first, last = look.window(extent)
            place = (around - first) / (last - first)
            look = look.zoomed(factor, around, extent)
            first, last = look.window(extent)
            assert (around - first) / (last - first) == pytest.approx(place)

    def test_zoomed_out_as_far_as_in_it_shows_all_of_the_run_whatever_its_length_then(self) -> None:
        extent, look = Extent(1000, 1200), Look()
        for factor in [0.5] * 5 + [2.0] * 5:
            look = look.zoomed(factor, 321, extent)
        assert look.span is None
        assert look.window(Extent(3000, 5000)) == (0, 5000)

    def test_one_at_the_right_edge_follows_the_newest_step_and_another_stays(self) -> None:
        look = Look().zoomed(0.1, 1000, Extent(1000, 1000))
        for newest in range(1000, 3000, 7):
            first, last = look.window(Extent(newest, 4000))
            assert last - first == pytest.approx(100)
            assert last - 100 / 8 <= max(newest, 1000) <= last
        back = look.panned(-1, Extent(1000, 1000))
        assert back.window(Extent(2900, 4000)) == back.window(Extent(1000, 1000)) == pytest.approx((800, 900))

    def test_a_stretch_may_be_drawn_from_either_end_and_is_shown_whole(self) -> None:
        extent = Extent(1000, 1000)
        one, other = Look().spanning(200, 260, extent), Look().spanning(260, 200, extent)
        assert one == other
        first, last = one.window(extent)
        assert first < 200 and 260 <= last <= 262

    def test_of_another_run_only_the_steps_are_forgotten(self) -> None:
        kept = Look(factor=0.9, over="epochs", axis="log", lines=CHOICES[2])
        drag, ranges = Drag(3, "loss", 0, 4), (Range("loss", 0.0, 1.0),)
        look = replace(kept, cursor=7, drag=drag, span=Span(0, 20, True), ranges=ranges, moment=4)
        assert look.elsewhere() == kept


class TestAxes:
    def test_epochs_and_seconds_are_those_of_the_events_and_ascend(self) -> None:
        history = run_of()
        steps = history.train.steps
        assert list(places(history, "epochs", steps)) == [step / 20 for step in range(1, 61)]
        seconds = list(places(history, "seconds", steps))
        assert seconds == pytest.approx([0.5 * step for step in range(1, 61)])
        assert [place(history, "seconds", step) for step in range(1, 61)] == pytest.approx(seconds)
        assert place(history, "seconds", 120) == pytest.approx(60)  # not trained yet, at the same pace

    @given(st.floats(0, 1))
    def test_each_scale_is_its_formula_and_0_has_no_place_on_a_logarithm(self, share: float) -> None:
        assert converter("percent")(share) == pytest.approx(100 * share, abs=1e-4)
        error = converter("error")(share)
        if 1 - share < 1e-8:
            assert math.isnan(error)
        elif 1 - share > 1e-6:
            assert 10**error == pytest.approx(100 * (1 - share), rel=0.1)
        assert math.isnan(converter("log")(share)) == (share == 0)

    def test_zeros_are_marked_on_a_logarithmic_axis_and_not_on_another(self) -> None:
        history = run_of()
        history.add(stepped(61, loss=0.0, accuracy=1.0))
        one = {"lines": ("loss",)}
        assert "0" in [line.text for line in draw(history, 60, 12, **one)][-2]
        assert "0" not in [line.text for line in draw(history, 60, 12, axis="linear", **one)][-2]

    def test_what_is_no_number_is_marked_on_the_axis(self) -> None:
        history = run_of()
        history.add(stepped(61, loss=None))
        assert "N" in [line.text for line in draw(history, 60, 12, lines=("loss",))][-3]

    @pytest.mark.parametrize(("over", "unit", "end"), [("epochs", "ep", 3), ("seconds", "s", 30)])
    def test_the_axis_to_the_right_says_what_it_is(self, over: str, unit: str, end: int) -> None:
        said, *labels = draw(run_of(), 80, 12, lines=("loss",), over=over)[-1].text.split()
        assert said == unit
        values = [float(label) for label in labels]
        assert values[0] == 0 and values[-1] == end
        assert len({round(other - one, 9) for one, other in pairwise(values)}) == 1

    def test_each_choice_of_lines_is_drawn_with_its_name_in_any_size(self) -> None:
        history = run_of()
        history.add(stepped(61, updates={"W_ih": 1e-3, "W_hh": 2e-3}))
        for lines in CHOICES:
            for size in ((20, 5), (43, 14), (78, 19), (120, 30)):
                drawn = draw(history, *size, lines=lines)
                assert all(line.cell_length == size[0] for line in drawn) and len(drawn) == size[1]
        titles = [
            draw(history, 80, 12, lines=(name,))[0].text for name in ("gradient", "rate", "speed", "update")
        ]
        for name, title in zip(("gradient norm", "learning rate", "samples/s", "W_ih"), titles, strict=True):
            assert name in title


class TestMeaning:
    def test_the_title_says_what_the_line_is(self) -> None:
        history = run_of(600, 200)
        wide = {"lines": ("loss",)}
        assert "mean of" in draw(history, 80, 12, **wide)[0].text
        assert "smoothed 0.9" in draw(history, 80, 12, factor=0.9, **wide)[0].text
        assert "each batch" in draw(history, 80, 12, span=Span(100, 130, False), **wide)[0].text

    def test_at_the_finest_each_batch_is_a_dot(self) -> None:
        history = run_of()
        drawn = draw(history, 80, 20, lines=("gradient",), span=Span(20, 40, False))
        assert (
            "".join(line.text for line in drawn[1:]).count("•") == 21
        )  # the step at the left edge is shown, too

    def test_each_stop_of_the_cursor_is_the_newest_step_of_a_column_and_none_is_left_out(self) -> None:
        history = run_of(600, 200)
        for look in (Look(), Look(span=Span(100, 160, False)), Look(over="seconds")):
            for area in plots.draw(history, Canvas(100, 16, INK, look)).areas:
                columns, steps = zip(*area.stops, strict=True)
                first, last = look.window(Extent(600, 600))
                assert steps[-1] == last
                assert max(b - a for a, b in pairwise(steps)) <= (last - first) / area.columns + 1
                assert list(columns) == sorted(columns) and 0 <= columns[0] <= columns[-1] < area.columns


class TestCursor:
    @pytest.mark.parametrize("step", [1, 17, 20, 60])
    @pytest.mark.parametrize("width", [80, 160])
    def test_it_reads_the_values_of_the_events_also_those_below_the_axis(self, step: int, width: int) -> None:
        history, mean, weight = run_of(), 0.0, 0.0
        for one in range(1, step + 1):
            weight = 0.9 * weight + 0.1
            mean += (8.0 / one - mean) * 0.1 / weight
        canvas = Canvas(width, 16, INK, Look(cursor=step, factor=0.9))
        drawn = plots.with_cursor(plots.draw(history, canvas), history, canvas)
        assert len(drawn.lines) == 16 and all(line.cell_length == width for line in drawn.lines)
        said = drawn.lines[-1].text
        for text in (f"step {step}", f"{8.0 / step:.5g}", f"~{mean:.5g}", f"{100 - 100 / (step + 1):.5g} %"):
            assert text in said
        if width == 160:
            assert f"epoch {step / 20:.2f}" in said and f"{0.5 * step:.1f} s" in said
            assert ("test 1" in said) == (step >= 20)

    def test_it_is_a_thin_line_before_the_band_and_behind_the_curves(self) -> None:
        history = run_of()
        canvas = Canvas(100, 16, INK, Look(cursor=30))
        still = plots.draw(history, canvas)
        for area in still.areas:
            column = area.left + {step: at for at, step in area.stops}[30]
            crossed = plots.with_cursor(still, history, canvas)
            rows = range(area.top, area.top + area.rows)
            assert sum(crossed.lines[row].text[column] == "│" for row in rows) >= area.rows - 3
            assert all(
                new == old or (at == column and new == "│")
                for row in rows
                for at, (old, new) in enumerate(
                    zip(still.lines[row].text, crossed.lines[row].text, strict=True)
                )
                if area.left <= at < area.left + area.columns
            )

    def test_what_is_not_finite_is_spelt(self) -> None:
        history = run_of()
        history.add(stepped(61, loss=None))
        canvas = Canvas(100, 16, INK, Look(cursor=61))
        assert "NaN" in plots.with_cursor(plots.draw(history, canvas), history, canvas).lines[-1].text

    def test_only_the_place_of_the_cursor_leaves_the_curves_as_they_are(self) -> None:
        canvas = Canvas(100, 16, INK, Look(cursor=30))
        assert canvas.still == replace(canvas, look=Look(cursor=31)).still
        assert canvas.still != replace(canvas, look=Look()).still  # its line takes one from the plots


class TestMarks:
    def test_what_happened_is_a_tick_and_a_text_while_it_is_inside(self) -> None:
        history = run_of()
        history.add(changed("paused", clock=31.0))
        history.add(noted(60, "a note of mine"))
        happened = [line.text for line in draw(history, 90, 12, lines=("loss",))]
        assert "▴ 60 paused  ▴ 60 a note of mine" in happened[-1]
        assert happened[-3].rstrip().endswith("▴")
        elsewhere = [line.text for line in draw(history, 90, 12, lines=("loss",), span=Span(5, 30, False))]
        assert "▴" not in "".join(elsewhere)
        assert "a note" not in draw(history, 36, 12, lines=("loss",))[-1].text or "…" not in happened[-1]

    def test_the_cursor_tells_what_happened_in_its_column(self) -> None:
        history = run_of(600, 200)
        history.add(noted(297, "a note of mine"))
        canvas = Canvas(100, 16, INK, Look())
        stops = plots.draw(history, canvas).areas[0].stops
        (inside,) = (now for (_, before), (_, now) in pairwise(stops) if before < 297 <= now)
        for _, step in stops:
            canvas = Canvas(160, 16, INK, Look(cursor=step))
            text = plots.with_cursor(plots.draw(history, canvas), history, canvas).lines[-1].text
            told = "▴ 297 a note of mine" in text
            assert told == (step == inside)

    def test_what_is_not_finite_is_counted_by_kind(self) -> None:
        history = run_of()
        for step, kind in ((61, "nan"), (62, "nan"), (63, "-inf")):
            history.add(stepped(step, loss=None, not_finite={"loss": kind}))
        assert "loss: 1 −∞, 2 NaN" in draw(history, 90, 12)[-1].text
