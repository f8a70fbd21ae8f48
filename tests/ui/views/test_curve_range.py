"""The values that a plot shows: chosen by a rectangle or a key, kept, and with ticks that can be read."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from kit.plots import INK, draw, run_of

from explorer.ui.views import plots
from explorer.ui.views.curve_range import Upright
from explorer.ui.views.look import AXES, Look, Range
from explorer.ui.views.plots import Canvas
from explorer.ui.views.range_rulers import between
from explorer.ui.views.rulers import Ruler

SIZES = {"k": 1e3, "M": 1e6, "G": 1e9}


def number(label: str) -> float:
    """Return what a label means."""
    return float(label[:-1]) * SIZES[label[-1]] if label[-1] in SIZES else float(label)


class TestTicks:
    @given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 60))
    @example(0.0, 100.0, 2)
    @example(98.0, 1.3, 20)
    def test_of_a_linear_axis_there_are_two_that_stand_where_they_say(
        self, low: float, width: float, lines: int
    ) -> None:
        assume(width > 1e-5 * abs(low))
        self.check(between(low, low + width, lines, log=False), lines, number)

    @given(st.floats(-6, 37), st.floats(1e-5, 44), st.integers(2, 60))
    @example(-0.001, 0.002, 12)
    def test_of_a_logarithmic_axis_too(self, low: float, width: float, lines: int) -> None:
        ruler = between(low, min(low + width, 38.0), lines, log=True)
        self.check(ruler, lines, lambda label: math.log10(number(label)))

    def check(self, ruler: Ruler, lines: int, meant: Callable[[str], float]) -> None:
        """Require at least two ticks inside, on different lines, at the places of their labels."""
        at = [ruler.line(tick, lines) for tick, _ in ruler.ticks]
        assert len(at) > 1 and all(lines > one > other >= 0 for one, other in pairwise(at))
        half = 0.51 * (ruler.high - ruler.low) / (lines - 1)
        for tick, label in ruler.ticks:
            assert len(label) <= 11
            assert meant(label) == pytest.approx(tick, abs=half)

    @pytest.mark.parametrize(
        ("low", "high", "log", "wanted"),
        [
            (98.0, 99.3, False, ["98.0", "98.2", "98.4", "98.6", "98.8", "99.0", "99.2"]),
            (0.0, 1.0, True, ["1", "2", "5", "10"]),
            (0.0, 0.1, True, ["1.00", "1.05", "1.10", "1.15", "1.20", "1.25"]),
            (12_000, 13_000, False, ["12.0k", "12.2k", "12.4k", "12.6k", "12.8k", "13.0k"]),
            (-3.0, 3.0, True, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        ],
    )
    def test_they_are_round(self, low: float, high: float, log: bool, wanted: list[str]) -> None:
        assert [label for _, label in between(low, high, 21, log).ticks] == wanted


class TestChoosing:
    AXIS = Upright("loss", 11, Ruler(0.0, 10.0, []), Ruler(0.0, 10.0, []), (0.0, 10.0))

    def test_a_rectangle_shows_its_lines_from_edge_to_edge(self) -> None:
        assert self.AXIS.drawn(3, 5) == Range("loss", 4.5, 7.5)
        assert self.AXIS.drawn(0, 2) == Range("loss", 7.0, 10.0)  # nothing lies above 10
        assert self.AXIS.drawn(0, 10) is None  # all of it

    @given(st.lists(st.sampled_from([0.5, 2.0, "up", "down"]), max_size=40))
    def test_zoomed_and_moved_it_stays_on_the_axis_and_out_again_it_is_all_of_it(
        self, moves: list[float | str]
    ) -> None:
        axis, shown = self.AXIS, None
        for move in moves:
            shown = (
                axis.zoomed(move) if isinstance(move, float) else axis.panned(0.25 if move == "up" else -0.25)
            )
            if shown is not None:
                assert 0 <= shown.low < shown.high <= 10
            ruler = self.AXIS.whole if shown is None else Ruler(shown.low, shown.high, [])
            axis = Upright("loss", 11, ruler, self.AXIS.whole, (0.0, 10.0))
        for _ in moves:
            shown = axis.zoomed(2.0)
            ruler = self.AXIS.whole if shown is None else Ruler(shown.low, shown.high, [])
            axis = Upright("loss", 11, ruler, self.AXIS.whole, (0.0, 10.0))
        assert shown is None

    def test_what_is_held_goes_with_the_mouse(self) -> None:
        shown = Range("loss", 2.0, 4.0)
        axis = Upright("loss", 11, Ruler(2.0, 4.0, []), self.AXIS.whole, (0.0, 10.0))
        assert axis.moved(shown, 2) == Range("loss", pytest.approx(2.4), pytest.approx(4.4))
        assert axis.moved(shown, -99) == Range("loss", 0.0, 2.0)

    def test_another_axis_and_the_whole_forget_it_and_new_steps_and_sizes_keep_it(self) -> None:
        look = (
            Look()
            .ranging("loss", Range("loss", -1.0, 0.0))
            .ranging("accuracy", Range("accuracy", 50.0, 60.0))
        )
        assert look.ranging("loss", None).ranges == (Range("accuracy", 50.0, 60.0),)
        assert look.axis_next().ranges == look.whole().ranges == look.elsewhere().ranges == ()
        for steps, size in ((60, (80, 12)), (90, (120, 30))):
            areas = plots.draw(run_of(steps), Canvas(*size, INK, look)).areas
            assert [(area.upright.shown.low, area.upright.shown.high) for area in areas] == [
                (-1, 0),
                (50, 60),
            ]


class TestDrawing:
    @pytest.mark.parametrize("axis", AXES)
    @settings(max_examples=8)
    @given(st.floats(0.0, 0.9), st.floats(0.01, 0.5))
    def test_any_range_of_any_plot_is_drawn_in_its_size(self, axis: str, low: float, width: float) -> None:
        history = run_of()
        for lines in (("loss", "accuracy"), ("gradient",), ("rate",), ("speed",)):
            look = Look(axis=axis, lines=lines)  # type: ignore[arg-type]
            for area in plots.draw(history, Canvas(70, 14, INK, look)).areas:
                whole = area.upright.whole
                first = whole.low + low * (whole.high - whole.low)
                end = min(whole.high, first + width * (whole.high - whole.low))
                look = look.ranging(area.upright.panel, Range(area.upright.panel, first, end))
            for size in ((70, 14), (20, 5)):
                drawn = plots.draw(history, Canvas(*size, INK, look)).lines
                assert len(drawn) == size[1] and all(line.cell_length == size[0] for line in drawn)

    def test_values_outside_are_not_drawn_and_a_line_goes_to_the_edge(self) -> None:
        history = run_of()  # the loss is 8 / step: 0.2 at step 40
        shown = {"lines": ("loss",), "axis": "linear", "ranges": (Range("loss", 0.0, 0.2),)}
        drawn = [line.text[8:] for line in draw(history, 68, 14, **shown)[1:-2]]
        columns = {at for text in drawn for at, mark in enumerate(text) if mark not in " │"}
        assert min(columns) == pytest.approx(40 * 60 / 60, abs=3)
        assert drawn[0].strip(" │") != ""  # it comes in at the top

    def test_accuracies_below_the_axis_lie_on_it_only_while_no_range_is_chosen(self) -> None:
        history = run_of(19)  # up to 95 %, before the first evaluation
        one = {"lines": ("accuracy",)}
        assert any("≤80" in line.text for line in draw(history, 68, 14, **one))
        shown = draw(history, 68, 14, ranges=(Range("accuracy", 90.0, 95.0),), **one)
        assert not any("≤" in line.text for line in shown)
