"""The pad without a screen: strokes, stretches, undo, and where the mouse points."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.protocol.questions import Sample
from explorer.ui.views.brush import PEN, coverage
from explorer.ui.views.mouse_pen import MousePen
from explorer.ui.views.pad import Pad
from explorer.ui.views.pad_layout import MARGIN, WORDS, PadLayout
from explorer.ui.views.sheet import Sheet, Stretch, cleared, mapped, moved

T, I = 9, 7


def image(timesteps: int = T, inputs: int = I, ink: int = 0) -> Sheet:
    """Return an image that has the same ink everywhere."""
    data, scales = bytes([ink]) * (timesteps * inputs), ((0.0, 255.0),) * inputs
    return Sheet(timesteps, inputs, True, data, scales, (0.0,) * inputs, Sample(3))


def curves(timesteps: int = 6, inputs: int = 3) -> Sheet:
    """Return channels: number t of channel i is 10 i + t; the means are 10 i + 2.5."""
    numbers = array("f", [10.0 * i + t for t in range(timesteps) for i in range(inputs)])
    scales = tuple((10.0 * i, 10.0 * i + 8) for i in range(inputs))
    means = tuple(10.0 * i + 2.5 for i in range(inputs))
    return Sheet(timesteps, inputs, False, numbers.tobytes(), scales, means)


def rows(sheet: Sheet) -> list[list[float]]:
    """Return the numbers of a sheet, timestep by timestep."""
    return [[sheet.at(t, i) for i in range(sheet.inputs)] for t in range(sheet.timesteps)]


def on(sheet: Sheet) -> Pad:
    """Return a pad with a sheet."""
    pad = Pad()
    pad.lay(sheet)
    return pad


places = st.tuples(st.floats(-2, T + 1), st.floats(-2, I + 1))


class TestInk:
    @given(places, places)
    def test_a_pixel_is_covered_by_its_distance_from_the_line(self, start: Any, end: Any) -> None:
        found = dict(coverage(image(), start, end, PEN))
        (y0, x0), (y1, x1) = start, end
        for t in range(T):
            for i in range(I):  # the nearest of many points of the line
                away = min(
                    math.hypot(t - y0 - (y1 - y0) * n / 400, i - x0 - (x1 - x0) * n / 400) for n in range(401)
                )
                wanted = min(1.0, max(0.0, PEN + 0.5 - away))
                assert found.get(t * I + i, 0.0) == pytest.approx(wanted, abs=0.02)

    def test_a_straight_stroke_is_two_pixels_wide_and_has_no_gaps_where_its_pieces_meet(self) -> None:
        pad = on(image(12, 9))
        pad.press((2.5, 4.0))
        for t in (3.7, 4.0, 6.2, 9.5):
            pad.draw((t, 4.0))
        pad.lift()
        assert pad.sheet is not None
        assert all(sum(row) / 255 == pytest.approx(2.0, abs=0.02) for row in rows(pad.sheet)[3:9])
        assert all(row[4] == 255 for row in rows(pad.sheet)[3:9])

    def test_ink_never_adds_up_nor_erasing_go_below_paper(self) -> None:
        pad = on(image())
        for _ in range(3):
            pad.press((4, 3))
        once = on(image())
        once.press((4, 3))
        assert pad.sheet is not None and once.sheet is not None
        assert pad.sheet.data == once.sheet.data
        assert max(pad.sheet.data) == 255
        pad.press((4, 3), "erase")
        assert pad.sheet.at(4, 3) == 0
        pad.draw((-5, -5))
        pad.draw((20, 20))  # leaves the pad on both sides

    def test_a_drawn_sheet_has_no_label_and_undo_gives_the_sample_back(self) -> None:
        pad = on(image())
        pad.press((4, 3))
        pad.draw((6, 3))
        pad.lift()
        assert pad.sheet is not None and pad.sheet.source is None and pad.sheet.subject == pad.sheet.given
        pad.press((1, 1))
        pad.lift()
        assert pad.undo() and pad.undo()
        assert pad.sheet == image() and pad.sheet.subject == Sample(3)
        assert not pad.undo()


class TestPen:
    def test_it_draws_while_it_is_down_and_stays_on_the_pad(self) -> None:
        pad = on(image())
        pad.move(2, 2)
        assert pad.sheet == image()
        pad.press(pad.pen)
        pad.move(-9, 0)
        pad.move(0, 99)
        pad.lift()
        assert pad.pen == (0, I - 1)
        assert pad.sheet is not None
        assert [pad.sheet.at(t, 2) for t in range(3)] == [255] * 3
        assert [pad.sheet.at(0, i) for i in range(2, I)] == [255] * (I - 2)
        assert pad.undo() and pad.sheet == image()  # one stroke

    def test_rows_are_cleared_one_after_another(self) -> None:
        pad = on(image(ink=200))
        pad.clear()
        pad.clear()
        assert pad.sheet is not None
        assert [max(row) for row in rows(pad.sheet)] == [0, 0] + [200] * (T - 2)

    def test_the_top_of_one_goes_on_the_bottom_of_another(self) -> None:
        pad = on(image(ink=100))
        for _ in range(3):
            pad.move(1, 0, marking=True)
        pad.copy()
        pad.lay(image(ink=7))
        assert pad.paste()
        assert pad.sheet is not None
        assert [row[0] for row in rows(pad.sheet)] == [100] * 4 + [7] * (T - 4)
        pad.lay(image(T, I + 1))
        assert not pad.paste()  # of other inputs

    def test_another_sample_takes_the_place_of_a_drawing_which_undo_brings_back(self) -> None:
        pad = on(image())
        pad.press((4, 3))
        pad.lift()
        drawn = pad.sheet
        pad.lay(image()._replace(source=Sample(4)))
        pad.lay(image()._replace(source=Sample(5)))
        assert pad.undo() and pad.sheet == drawn


class TestChannels:
    def test_a_stroke_raises_each_place_once_by_an_eighth_of_its_scale(self) -> None:
        pad = on(curves())
        pad.press((1, 1))
        pad.draw((3, 1))
        pad.draw((1, 1))
        pad.lift()
        assert pad.sheet is not None
        assert [row[1] for row in rows(pad.sheet)] == [10, 12, 13, 14, 14, 15]
        assert [row[0] for row in rows(pad.sheet)] == [0, 1, 2, 3, 4, 5]
        pad.turn_tool()
        pad.pen = (1, 1)
        pad.press(pad.pen)
        assert pad.sheet.at(1, 1) == 11
        pad.turn_tool()
        assert pad.sheet.at(1, 1) == 12.5  # its mean: the pen was down

    def test_a_stretch_of_one_channel_is_erased_set_shifted_scaled_and_moved(self) -> None:
        sheet, stretch = curves(), Stretch(1, 2, 2)
        made = {
            "erased": cleared(sheet, stretch),
            "set": mapped(sheet, stretch, lambda _: -1.0),
            "shifted": mapped(sheet, stretch, lambda x: x + 0.5),
            "scaled": mapped(sheet, stretch, lambda x: 2 * x),
            "moved": moved(sheet, stretch, 3),
            "moved out": moved(sheet, stretch, -2),
            "huge": mapped(sheet, stretch, lambda x: x * 1e300),
        }
        third = {name: [row[2] for row in rows(one)] for name, one in made.items()}
        assert third["erased"] == [20, 22.5, 22.5, 23, 24, 25]
        assert third["set"] == [20, -1, -1, 23, 24, 25]
        assert third["shifted"] == [20, 21.5, 22.5, 23, 24, 25]
        assert third["scaled"] == [20, 42, 44, 23, 24, 25]
        assert third["moved"] == [20, 22.5, 22.5, 23, 21, 22]
        assert third["moved out"] == [22, 22.5, 22.5, 23, 24, 25]
        assert all(map(math.isfinite, third["huge"]))
        assert all(
            [row[:2] for row in rows(one)] == [row[:2] for row in rows(sheet)] for one in made.values()
        )

    def test_a_single_channel_is_drawn_as_a_curve_with_the_mouse(self) -> None:
        sheet = curves(6, 1)
        pad = on(sheet)
        layout = PadLayout.fit((100, 30), (6, 1), 0, 0, image=False)
        width = layout.panel.painted
        mouse = MousePen(pad)
        assert mouse.press(layout, MARGIN + width / 4, 1.5, erase=False)
        mouse.drag(layout, MARGIN + width * 3 / 4, 5.5)
        mouse.let_go()
        assert pad.sheet is not None
        assert [row[0] for row in rows(pad.sheet)] == pytest.approx([2, 3, 4, 5, 6, 5])
        assert mouse.press(layout, MARGIN + 1, 2.5, erase=True)
        assert pad.sheet.at(1, 0) == 2.5
        assert not mouse.press(layout, MARGIN + width + 2, 2.5, erase=False)


@given(st.integers(1, 1000), st.integers(1, 512), st.integers(60, 200), st.integers(17, 60), st.booleans())
def test_every_pixel_of_a_pad_is_found_again_by_the_mouse(
    timesteps: int, inputs: int, width: int, height: int, is_image: bool
) -> None:
    pen = timesteps // 2
    layout = PadLayout.fit((width, height), (timesteps, inputs), pen, 0, is_image)
    words = WORDS + 1 if layout.beside else 0
    assert MARGIN + layout.panel.width + words <= width
    assert 2 + layout.lines + (0 if layout.beside else 3) <= height
    assert layout.scroll.first <= pen < layout.scroll.last
    line, _ = layout.pen_mark(pen)
    column = layout.column(inputs - 1)
    assert 0 <= line < layout.lines
    assert layout.holds(column + 0.5, 1.5 + line)
    t, i = layout.place(column + 0.5, 1.5 + line)
    assert abs(t - pen) <= 0.5
    assert abs(i - (inputs - 1)) <= layout.panel.group
    assert layout.holds(MARGIN, 1) and not layout.holds(MARGIN - 0.1, 1)
