"""Colours for values: even to the eye, readable without colour vision, with readable text on them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from explorer.ui.base.oklab import from_oklab, to_oklab
from explorer.ui.base.themes import DARK, LIGHT
from explorer.ui.widgets.palette import (
    LEVELS,
    Rgb,
    block,
    count_level,
    counts,
    hex_of,
    ink,
    level,
    on,
    parse,
    scale,
)

THEMES = pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])

# The red, green and blue light (linear) that remains without one kind of cone: Machado, Oliveira and
# Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009.
BLINDNESSES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def light(channel: int) -> float:
    """Return one channel as an amount of light, 0..1, by the definition of sRGB, not the palette's code."""
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def seen_with(blindness: str, rgb: Rgb) -> Rgb:
    """Return a colour as seen with this colour blindness."""
    lights = [light(channel) for channel in rgb]
    seen = []
    for row in BLINDNESSES[blindness]:
        value = min(1.0, max(0.0, sum(share * part for share, part in zip(row, lights, strict=True))))
        seen.append(
            round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))
        )
    return seen[0], seen[1], seen[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return WCAG's contrast ratio, 1 to 21."""
    shares = (0.2126, 0.7152, 0.0722)
    dim, bright = sorted(
        sum(share * light(channel) for share, channel in zip(shares, rgb, strict=True))
        for rgb in (one, other)
    )
    return (bright + 0.05) / (dim + 0.05)


def lightnesses(colours: tuple[Rgb, ...]) -> list[float]:
    """Return the lightness of each colour, 0..1."""
    return [to_oklab(colour)[0] for colour in colours]


def rises(values: list[float]) -> bool:
    """Whether each value is greater than the one before."""
    return all(one < other for one, other in pairwise(values))


@THEMES
def test_a_scale_has_sixteen_colours_and_a_diverging_one_also_a_middle(dark: bool) -> None:
    for colours in (scale("unit", dark), counts(dark), ink(dark)):
        assert len(set(colours)) == len(colours) == LEVELS == 16
    for span in ("signed", "open"):
        assert len(set(scale(span, dark))) == len(scale(span, dark)) == 17


@THEMES
def test_a_sequential_scale_only_ever_gets_lighter_or_darker(dark: bool) -> None:
    for colours in (scale("unit", dark), counts(dark), ink(dark)):
        seen = lightnesses(colours)
        assert rises(seen) or rises(seen[::-1])


@THEMES
def test_neighbours_of_a_sequential_scale_are_about_equally_far_apart(dark: bool) -> None:
    for colours in (scale("unit", dark), counts(dark), ink(dark)):
        gaps = [abs(one - other) for one, other in pairwise(lightnesses(colours))]
        assert max(gaps) < 2.5 * min(gaps)


@THEMES
@pytest.mark.parametrize("blindness", BLINDNESSES)
def test_a_sequential_scale_stays_in_order_without_colour_vision(dark: bool, blindness: str) -> None:
    for colours in (scale("unit", dark), counts(dark), ink(dark)):
        seen = lightnesses(tuple(seen_with(blindness, colour) for colour in colours))
        assert rises(seen) or rises(seen[::-1])


@THEMES
def test_a_diverging_scale_moves_equally_far_from_the_background_on_both_sides(dark: bool) -> None:
    seen = lightnesses(scale("signed", dark))
    below, above = seen[8::-1], seen[8:]
    if not dark:
        below, above = [-value for value in below], [-value for value in above]
    assert rises(below)
    assert rises(above)
    assert all(abs(one - other) < 0.1 for one, other in zip(below, above, strict=True))


@THEMES
@pytest.mark.parametrize("blindness", [None, *BLINDNESSES])
def test_minus_and_plus_differ_with_and_without_colour_vision(dark: bool, blindness: str | None) -> None:
    colours = scale("signed", dark)
    for distance in range(3, 9):  # closer to 0, both sides are meant to look like 0
        pair = colours[8 - distance], colours[8 + distance]
        if blindness:
            pair = seen_with(blindness, pair[0]), seen_with(blindness, pair[1])
        assert math.dist(*map(to_oklab, pair)) > 0.1


@THEMES
def test_zero_differs_from_the_ground_of_both_themes_and_from_its_neighbours(dark: bool) -> None:
    colours = scale("signed", dark)
    ground = parse((DARK if dark else LIGHT).background)
    assert math.dist(to_oklab(colours[8]), to_oklab(ground)) > 0.06
    for neighbour in (colours[7], colours[9]):
        assert math.dist(to_oklab(colours[8]), to_oklab(neighbour)) > 0.03


@THEMES
def test_a_single_misread_sample_looks_different_from_none(dark: bool) -> None:
    none, one = (counts(dark)[count_level(count, 10_000)] for count in (0, 1))
    assert none == counts(dark)[0]
    assert math.dist(to_oklab(none), to_oklab(one)) > 0.1


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_a_count_s_level_rises_with_its_share_and_all_of_them_have_the_highest(one: int, other: int) -> None:
    low, high = sorted((one, other))
    total = low + high
    assert 0 <= count_level(low, total) <= count_level(high, total) < LEVELS
    if total:
        assert count_level(total, total) == LEVELS - 1


@THEMES
def test_text_on_a_count_is_readable(dark: bool) -> None:
    for colour in counts(dark):
        text = on(colour).color
        assert text is not None
        assert contrast(parse(text.name), colour) >= 4.5


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_text_on_any_colour_is_readable(colour: Rgb) -> None:
    text = on(colour).color
    assert text is not None
    assert contrast(parse(text.name), colour) >= 3.5


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_survives_the_round_trips_through_oklab_and_its_name(colour: Rgb) -> None:
    assert from_oklab(*to_oklab(colour)) == colour
    assert parse(hex_of(colour)) == colour


class TestLevel:
    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            (0.0, 0),
            (0.0624, 0),
            (0.0626, 1),
            (0.5, 8),
            (0.9999, 15),
            (1.0, 15),
            (1.5, 15),
            (-0.1, 0),
            (1e300, 15),
            (math.inf, 15),
            (-math.inf, 0),
            (math.nan, 0),
        ],
    )
    def test_levels_are_sixteen_even_steps_and_values_outside_get_the_ends(
        self, value: float, wanted: int
    ) -> None:
        assert level(value, 0.0, 1.0, LEVELS) == wanted

    @pytest.mark.parametrize("reach", [0.1, 1.0, 20.0])
    def test_zero_has_a_level_of_its_own_in_the_middle(self, reach: float) -> None:
        assert level(0.0, -reach, reach, 17) == 8
        assert level(reach / 18, -reach, reach, 17) == level(-reach / 18, -reach, reach, 17) == 8
        assert level(reach / 16, -reach, reach, 17) == 9
        assert level(-reach / 16, -reach, reach, 17) == 7

    @given(st.floats(), st.floats())
    def test_a_larger_value_never_has_a_lower_level(self, one: float, other: float) -> None:
        levels = [level(value, -1.0, 1.0, 17) for value in (one, other)]
        assert all(0 <= found < 17 for found in levels)
        if one <= other:
            assert levels[0] <= levels[1]


def test_two_equal_pixels_are_a_coloured_blank_and_two_different_ones_a_half_block() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    same = block(red, red)
    assert (same.text, same.style) == (" ", Style(bgcolor="#ff0000"))
    half = block(red, blue)
    assert (half.text, half.style) == ("▀", Style(color="#ff0000", bgcolor="#0000ff"))
