"""The 256 colours of a terminal that has no more.

Rich takes each channel by itself, and looks for a grey only where a colour is nearly one: a dark slate grey
became navy blue, and the steps of a scale from blue to green changed their hue back and forth.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from rich.color import Color
from rich.style import Style

from explorer.ui.base.oklab import Lab, Rgb, to_oklab

_STEPS: Final = (0, 95, 135, 175, 215, 255)
"""The values of each channel in the cube of colours 16 to 231."""
_GREYS: Final = range(8, 248, 10)
"""Those of the greys, 232 to 255."""
# The first 16 are the person's own, and may be anything.
COLOURS: Final[tuple[Rgb, ...]] = (
    *((red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS),
    *((grey, grey, grey) for grey in _GREYS),
)
"""The colours from number 16 on, as xterm and all that follow it show them."""
_FIRST: Final = 16


@cache
def _points() -> tuple[Lab, ...]:
    """The colours in OKLab."""
    return tuple(map(to_oklab, COLOURS))


@lru_cache(4096)
def nearest(rgb: Rgb) -> int:
    """The number of the colour that looks most like this one."""
    wanted, points = to_oklab(rgb), _points()
    return _FIRST + min(
        range(len(points)),
        key=lambda at: sum((one - other) ** 2 for one, other in zip(points[at], wanted, strict=True)),
    )


@lru_cache(4096)
def in_256(style: Style) -> Style:
    """A style in these colours."""
    if style.color is None and style.bgcolor is None:
        return style
    return style + Style(color=_reduced(style.color), bgcolor=_reduced(style.bgcolor))


def _reduced(colour: Color | None) -> Color | None:
    """A colour as one of these; the terminal's own stay what they are."""
    if colour is None or colour.triplet is None:
        return colour
    return Color.from_ansi(nearest(tuple(colour.triplet)))
