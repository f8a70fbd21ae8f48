"""Colour scales for the heatmaps: visually even steps, readable without colour vision.

The scales are straight lines through a few anchors in OKLab, where equal distances look equal. The
sequential one rises in lightness alone, from night blue to pale yellow; the diverging one is dark (or, on a
light theme, pale) at 0, though not as dark (or as pale) as the panel around it, and goes to blue on one side
and to orange on the other, a pair that stays distinct in every common form of colour blindness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rich.segment import Segment
from rich.style import Style

from explorer.ui.base.oklab import Rgb, from_oklab, to_oklab

LEVELS = 16
"""Colours of a scale: few, so that neighbours are often equal and runs of them are painted as one segment."""

Span = Literal["unit", "signed", "open"]
"""The range of an activation: 0..1, -1..1, or around 0 without bounds."""
Tint = Literal["colour", "grey", "none"]
"""What the terminal can show: colours, their lightness alone (`NO_COLOR`), or neither (`TERM=dumb`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A character that takes one column, and how it is drawn; compared by identity."""

    text: str
    style: Style


Pairs = list[list[Cell]]
"""Two pixels, one above the other, as one cell: `pairs[upper level][lower level]`."""
SHADES = " ░▒▓█"
"""From low to high, for terminals without any colour."""

_SEQUENTIAL = ("#0d103c", "#46207a", "#a02c7c", "#e8603c", "#fbb43c", "#fcf6b8")
_DIVERGING_DARK = ("#9be0ff", "#3b8fe0", "#23508f", "#2b303a", "#85401c", "#e07a1f", "#ffd59b")
_DIVERGING_LIGHT = ("#0b4a99", "#3b8fe0", "#a3cdf2", "#e2e4e0", "#f4c691", "#e07a1f", "#96400a")
_INK_DARK = ("#1b212d", "#f2f4f8")
_INK_LIGHT = ("#ecece6", "#14161c")
_COUNTS_DARK = ("#12161f", "#15466e", "#1d86a8", "#58c4a0", "#e6f5b0")
_COUNTS_LIGHT = ("#f7f8f5", "#bfe3d0", "#58b0b8", "#1f6f9e", "#102a5c")


def parse(colour: str) -> Rgb:
    """`#rrggbb` as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def ramp(anchors: tuple[str, ...], levels: int = LEVELS) -> tuple[Rgb, ...]:
    """`levels` colours, evenly spaced along the anchors in OKLab."""
    points = [to_oklab(parse(anchor)) for anchor in anchors]
    colours = []
    for level in range(levels):
        position = level / (levels - 1) * (len(points) - 1)
        index = min(int(position), len(points) - 2)
        share = position - index
        mixed = (x + (y - x) * share for x, y in zip(points[index], points[index + 1], strict=True))
        colours.append(from_oklab(*mixed))
    return tuple(colours)


@cache
def scale(span: Span, dark: bool) -> tuple[Rgb, ...]:
    """The scale for activations: sequential for 0..1, diverging around 0 for the others."""
    if span == "unit":
        return ramp(_SEQUENTIAL)
    # One level more makes the number odd, so that 0 has a level of its own in the middle.
    return ramp(_DIVERGING_DARK if dark else _DIVERGING_LIGHT, LEVELS + 1)


_RUNS_DARK = ("#22c1c2", "#ed3e0d", "#ffcd00", "#ba4cbd", "#d8dce4", "#a092ff", "#fb8d00", "#3d9373")
_RUNS_LIGHT = ("#0256f3", "#c00700", "#37a689", "#30343b", "#972daa", "#b88500", "#8d79cb", "#436556")


def run_colours(dark: bool) -> tuple[Rgb, ...]:
    """Eight colours for runs, thin lines on either theme.

    They come from those of Okabe and Ito (2008), moved until any two are at least 0.1 apart in OKLab, also as
    people see them who lack one kind of cone. Each is far from those before it: most people compare few runs.
    """
    return tuple(parse(colour) for colour in (_RUNS_DARK if dark else _RUNS_LIGHT))


@cache
def ink(dark: bool) -> tuple[Rgb, ...]:
    """The scale of a sample's pixels: paper to ink, paper being the theme's background."""
    return ramp(_INK_DARK if dark else _INK_LIGHT)


@cache
def counts(dark: bool) -> tuple[Rgb, ...]:
    """The scale of the confusion matrix: few to many."""
    return ramp(_COUNTS_DARK if dark else _COUNTS_LIGHT)


FAINTEST = 4
"""The lowest colour of a count above 0: one of a thousand must not look like none."""

FAINTEST_AWAY = 3
"""The fewest colours between a difference and none, for the same reason."""


def count_level(count: int, total: int) -> int:
    """Which colour of `counts` a count gets: by the square root of its share of the total, so that 1 % is
    visible beside 98 %; 0 alone has the lowest colour.
    """
    if not count:
        return 0
    return FAINTEST + level(math.sqrt(count / total), 0, 1, LEVELS - FAINTEST)


def difference_level(difference: int, total: int) -> int:
    """Which colour of a diverging `scale` a difference of two counts gets: by the square root of its share of
    the total, as for `count_level`; 0 alone has the one in the middle.
    """
    if not difference:
        return LEVELS // 2
    share = math.sqrt(abs(difference) / max(1, total))
    away = FAINTEST_AWAY + level(share, 0, 1, LEVELS // 2 - FAINTEST_AWAY + 1)
    return LEVELS // 2 + (away if difference > 0 else -away)


def share_level(share: float, levels: int) -> int:
    """Which of the colours of `counts`, or of as many shades, a share of a whole gets: by its square root, so
    that 1 % is visible beside 98 %; what rounds to 0 % has the lowest.
    """
    faintest = levels // 8
    if not share >= 0.005:  # also NaN
        return 0
    return faintest + level(math.sqrt(share), 0, 1, levels - faintest)


def level(value: float, low: float, high: float, levels: int) -> int:
    """Which colour of a scale a value gets; values outside it get the ends, NaN the lowest."""
    share = (value - low) / (high - low)
    if not share > 0:
        return 0
    return int(share * levels) if share < 1 else levels - 1  # a diverged activation is inf


def hex_of(rgb: Rgb) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


@cache
def block(upper: Rgb, lower: Rgb) -> Cell:
    """Two pixels, one above the other, as one cell."""
    if upper == lower:
        return Cell(" ", Style(bgcolor=hex_of(upper)))
    return Cell("▀", Style(color=hex_of(upper), bgcolor=hex_of(lower)))


@lru_cache(1 << 14)
def repeated(cell: Cell, count: int) -> Segment:
    """Equal cells side by side: the same object each time, so what is cached about it is reused."""
    return Segment(cell.text * count, cell.style)


@cache
def blocks(colours: tuple[Rgb, ...]) -> Pairs:
    """`block` for every pair of a scale's colours."""
    return [[block(upper, lower) for lower in colours] for upper in colours]


@lru_cache(1 << 8)
def upper_half(cell: Cell) -> Cell:
    """Of a cell with two equal pixels, the upper one alone; below it is the panel."""
    colour = cell.style.bgcolor
    return cell if colour is None else Cell("▀", Style(color=colour.name))


def stacked(pairs: Pairs, uppers: list[int], lowers: list[int] | None) -> list[Cell]:
    """Two rows of levels, one above the other, as one row of cells; None: there is no lower one."""
    if lowers is None:
        return [upper_half(pairs[one][one]) for one in uppers]
    return [pairs[one][other] for one, other in zip(uppers, lowers, strict=True)]


@cache
def shades() -> Pairs:
    """The mean of two pixels as a shade in the text's own colour, in 9 levels."""
    levels = range(2 * len(SHADES) - 1)
    cells = [Cell(shade, Style()) for shade in SHADES]
    return [[cells[(upper + lower) // 4] for lower in levels] for upper in levels]


def pairs(span: Span, dark: bool, tint: Tint) -> Pairs:
    """How an activation's levels are painted.

    Without hues, a diverging scale would show -1 and 1 alike: then every scale is sequential.
    """
    if tint == "none":
        return shades()
    return blocks(scale("unit" if tint == "grey" else span, dark))


def share_pairs(dark: bool, tint: Tint) -> Pairs:
    """How levels of shares are painted, one above the other."""
    return shades() if tint == "none" else blocks(counts(dark))


def ink_pairs(dark: bool, tint: Tint) -> Pairs:
    """How a sample's pixels are painted, paper to ink."""
    return shades() if tint == "none" else blocks(ink(dark))


QUIET = 2
"""How many colours beside 0, on either side, let the sample below them be seen."""


@cache
def overlay(dark: bool) -> tuple[Rgb, ...]:
    """The scale of a sample that something is painted over: the diverging one, then the quieter half of the
    ink, so that what is painted over it stands out.
    """
    return scale("open", dark) + ink(dark)[: LEVELS // 2]


def overlay_level(share: float, inked: float) -> int:
    """Which colour of `overlay` a pixel gets, by what is painted over it, -1..1, and its ink, 0..1."""
    over = level(share, -1, 1, LEVELS + 1)
    return over if abs(over - LEVELS // 2) > QUIET else LEVELS + 1 + level(inked, 0, 1, LEVELS // 2)


@cache
def on(rgb: Rgb) -> Style:
    """Text on a colour: black or white, whichever is easier to read."""
    # At this lightness white and black have the same contrast, 4.6 to 1; above it, black has more.
    text = "#ffffff" if to_oklab(rgb)[0] < 0.565 else "#000000"
    return Style(color=text, bgcolor=hex_of(rgb))
