"""Painting while a training runs: a value that has hardly moved keeps its colour."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import pytest
from kit import fake_engine
from kit.asking import made
from kit.facts import changed
from kit.screen import Visit, exploring, live_run

from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.heatmap import Readings
from explorer.ui.widgets import palette

SPANS = ["unit", "signed", "open"]


class Painting(NamedTuple):
    """One activation as it was painted."""

    readings: Readings
    colours: list[int]
    """The colours of all units but the last."""


def paint(
    *values: float, span: str = "unit", before: Painting | None = None, index: int = 0, name: str = "x"
) -> Painting:
    """Paint units that have these values at every timestep, and a last one that never moves.

    `before` is what was painted until now, while a training runs.
    """
    units = [*values, 1.0]
    answer = made(index, units * 28, span, len(units), name)
    readings = Readings(answer, before.readings if before else None)
    layout = Layout.fit((len(units) + 100, 20), (28, 28), 1, len(units), 0)
    first, last = (readings.levels(0, timestep, layout, colours(span)) for timestep in (0, 28 - 1))
    assert first == last
    return Painting(readings, first[:-1])


def colours(span: str) -> int:
    """Return the number of colours of a scale."""
    return len(palette.scale(span, dark=True))  # type: ignore[arg-type]


def middle(colour: float, span: str) -> float:
    """Return the value in the middle of a colour; that of a cell state is of its tanh."""
    low = 0.0 if span == "unit" else -1.0
    value = low + (colour + 0.5) * width(span)
    return math.atanh(value) if span == "open" else value


def width(span: str) -> float:
    """Return the part of a scale that has one colour."""
    return (1.0 if span == "unit" else 2.0) / colours(span)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("direction", [1, -1])
class TestMoves:
    def test_a_move_of_less_than_one_and_a_half_colours_is_not_painted(
        self, span: str, direction: int
    ) -> None:
        old, new = middle(8, span), middle(8 + direction * 1.45, span)
        assert paint(new, span=span).colours == [8 + direction]  # with nothing painted before
        assert paint(new, span=span, before=paint(old, span=span)).colours == [8]

    def test_a_move_of_more_than_one_and_a_half_colours_is_painted(self, span: str, direction: int) -> None:
        old, new = middle(8, span), middle(8 + direction * 1.55, span)
        assert paint(new, span=span, before=paint(old, span=span)).colours == [8 + 2 * direction]

    def test_small_moves_add_up_until_they_are_painted(self, span: str, direction: int) -> None:
        moves = [middle(8 + direction * share, span) for share in (0.0, 0.8, 1.6, 2.4)]
        shown: Painting | None = None
        seen = []
        for value in moves:
            shown = paint(value, span=span, before=shown)
            seen += shown.colours
        assert seen == [8, 8, 8 + 2 * direction, 8 + 2 * direction]


def test_each_unit_is_held_back_on_its_own() -> None:
    old = [middle(colour, "unit") for colour in (3, 8, 12)]
    new = [old[0] + 1.4 / 16, old[1] + 1.6 / 16, old[2] - 1.4 / 16]
    assert paint(*new, before=paint(*old)).colours == [3, 10, 12]


@pytest.mark.parametrize(
    ("old", "new", "colour"), [(0.9, math.nan, 0), (math.nan, 0.9, 14), (math.inf, 0.97, 15)]
)
def test_a_non_finite_value_is_never_held_back_and_holds_nothing_back(
    old: float, new: float, colour: int
) -> None:
    assert paint(new, before=paint(old)).colours == [colour]


class TestOtherPaintings:
    """One value in the middle of colour 8, then one of colour 9: too small a move to be painted."""

    OLD, NEW = middle(8, "unit"), middle(9, "unit")

    def test_another_sample_is_never_held_back(self) -> None:
        before = paint(self.OLD, index=3)
        assert paint(self.NEW, index=4, before=before).colours == [9]
        assert paint(self.NEW, index=3, before=before).colours == [8]

    def test_another_cell_is_never_held_back(self) -> None:
        before = paint(self.OLD, name="i")
        assert paint(self.NEW, name="z", before=before).colours == [9]
        assert paint(self.NEW, name="i", before=before).colours == [8]

    def test_another_number_of_units_is_never_held_back(self) -> None:
        before = paint(self.OLD)
        assert paint(self.NEW, self.NEW, before=before).colours == [9, 9]

    def test_another_arrangement_of_the_units_is_never_held_back(self) -> None:
        before = paint(self.OLD, self.OLD)
        after = paint(self.NEW, self.NEW, before=before)
        narrow = Layout(35, 20, 28, 28, 1, 3, 0)
        assert narrow.spans == [(0, 1), (1, 2)]
        assert (after.colours, after.readings.levels(0, 0, narrow, 16)) == ([8, 8], [9, 9])


def test_where_a_pixel_shows_several_units_their_mean_is_held_back() -> None:
    layout = Layout(35, 20, 28, 28, 1, 4, 0, pooled="mean")
    assert layout.spans == [(0, 2), (2, 4)]

    def shown(*values: float, before: Readings | None = None) -> tuple[Readings, list[int]]:
        readings = Readings(paint(*values).readings.answer, before)
        return readings, readings.levels(0, 0, layout, 16)

    low, high = middle(4, "unit"), middle(12, "unit")
    before, at_first = shown(low, high, middle(8, "unit"))
    assert at_first == [8, 12]
    move = 3 / 16  # of both units the same way: 3 colours; against each other: none
    _, apart = shown(low - move, high + move, middle(8, "unit"), before=before)
    _, together = shown(low + move, high + move, middle(8, "unit"), before=before)
    assert (apart, together) == ([8, 12], [11, 12])


def test_the_value_in_text_is_always_the_new_one() -> None:
    after = paint(0.34, before=paint(0.30))
    assert after.colours == [4]
    assert after.readings.value(0, 5, [0]) == pytest.approx(0.34)


async def test_pixels_are_held_back_until_a_training_ends_and_text_never_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {"value": 0.30}  # colour 4 of an input gate
    monkeypatch.setattr(fake_engine, "activation", lambda gate, timestep, unit: now["value"])
    colour = {level: palette.hex_of(rgb) for level, rgb in enumerate(palette.scale("unit", dark=True))}
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees(r"i 0\.300", "#gates")
            assert input_gate(visit) == {colour[4]}
            now["value"] = 0.34  # colour 5
            engine.train(4)
            await visit.sees(r"i 0\.340", "#gates")
            assert input_gate(visit) == {colour[4]}
            now["value"] = 0.40  # colour 6
            engine.train(5)
            await visit.sees(r"i 0\.400", "#gates")
            assert input_gate(visit) == {colour[6]}
            now["value"] = 0.34
            engine.write(changed("paused"))
            await visit.until(lambda: input_gate(visit) == {colour[5]})


def input_gate(visit: Visit) -> set[str]:
    """Return the colours in the map of the input gate."""
    area = visit.widget("#gates").content_region
    strips = visit.app.screen._compositor.render_strips()
    left = strips[area.y].text.index("i input gate")
    right = strips[area.y].text.index("f forget gate") - 2
    maps = [strip.crop(left, right) for strip in strips[area.y + 1 : area.y + 1 + 28 // 2]]
    styles = [segment.style for strip in maps for segment in strip]
    return {
        style.bgcolor.triplet.hex for style in styles if style and style.bgcolor and style.bgcolor.triplet
    }
