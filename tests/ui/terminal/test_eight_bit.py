"""In 256 colours, everything still looks as much as possible like itself."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from explorer.ui.base.oklab import Rgb, to_oklab
from explorer.ui.base.textual_patches import sgr_parameters
from explorer.ui.base.themes import DARK, LIGHT
from explorer.ui.terminal.eight_bit import COLOURS, in_256, nearest
from explorer.ui.widgets import palette

channel = st.integers(0, 255)


def shown(colour: Rgb) -> Rgb:
    """What a terminal of 256 colours shows of a colour."""
    return COLOURS[nearest(colour) - 16]


def test_the_colours_have_the_numbers_that_xterm_gives_them() -> None:
    assert len(COLOURS) == 240
    assert COLOURS[196 - 16] == (255, 0, 0)
    assert COLOURS[110 - 16] == (135, 175, 215)
    assert COLOURS[232 - 16] == (8, 8, 8)
    assert COLOURS[255 - 16] == (238, 238, 238)


@given(st.tuples(channel, channel, channel))
def test_none_of_them_looks_more_like_a_colour_than_the_one_that_is_shown(colour: Rgb) -> None:
    away = math.dist(to_oklab(colour), to_oklab(shown(colour)))
    assert away <= min(math.dist(to_oklab(colour), to_oklab(one)) for one in COLOURS) + 1e-12


@given(st.sampled_from(COLOURS))
def test_a_colour_that_is_one_of_them_stays_itself(colour: Rgb) -> None:
    assert shown(colour) == colour


@pytest.mark.parametrize("dark", [True, False])
def test_a_samples_ink_is_grey(dark: bool) -> None:
    for colour in palette.ink(dark):
        assert math.dist(to_oklab(shown(colour))[1:], (0, 0)) < 0.03


@pytest.mark.parametrize("dark", [True, False])
def test_a_scale_still_rises_or_falls_in_lightness(dark: bool) -> None:
    for scale in (palette.scale("unit", dark), palette.counts(dark), palette.ink(dark)):
        lightness = [to_oklab(shown(colour))[0] for colour in scale]
        steps = [other - one for one, other in pairwise(lightness)]
        sign = math.copysign(1, lightness[-1] - lightness[0])
        assert all(sign * step > -0.03 for step in steps)
        assert sum(abs(step) > 0.01 for step in steps) > 8


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_map_has_an_edge_where_its_values_are_lowest(theme: Theme) -> None:
    assert theme.background
    ground = nearest(palette.parse(theme.background))
    for scale in (palette.scale("unit", theme.dark), palette.ink(theme.dark)):
        assert nearest(scale[0]) != ground
    assert nearest(palette.scale("open", theme.dark)[8]) != ground


@pytest.mark.parametrize("bold", [True, False])
@pytest.mark.parametrize("colour", [None, "#0d103c"])
@pytest.mark.parametrize("ground", [None, "#2b303a"])
def test_a_style_keeps_all_but_its_colours(bold: bool, colour: str | None, ground: str | None) -> None:
    style = in_256(Style(bold=bold, color=colour, bgcolor=ground))
    expected = ["1"] * bold + ["38;5;17"] * (colour is not None) + ["48;5;236"] * (ground is not None)
    assert sgr_parameters(style, ColorSystem.EIGHT_BIT) == ";".join(expected)


def test_the_terminals_own_colours_stay_what_they_are() -> None:
    assert Strip.render_ansi(in_256(Style(color="red")), ColorSystem.EIGHT_BIT) == "31"
