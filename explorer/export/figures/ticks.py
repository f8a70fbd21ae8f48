"""The numbers and names along the axes: as many as there is room for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from matplotlib.axes import Axes

from explorer.export.figures.lettering import LINE, width_of

APART: Final = 0.08
"""What is between two numbers at least, in inches."""
MARGIN: Final = 0.08
"""What is left free at either side of a curve, as a share of its width."""


def count_along(
    axes: Axes, along: Literal["x", "y"], count: int, room: float, first: int = 0, shown: bool = True
) -> None:
    """Number the positions of an axis, as many as there is room for: the first, and round numbers.

    Args:
        axes: where.
        along: which axis.
        count: how many positions it has.
        room: its length in inches.
        first: the number of the first position.
        shown: whether the numbers are written, beside the ticks.
    """
    each = width_of(f"{count:,}") + 0.06 if along == "x" else 1.5 * LINE
    if along == "y" and count * LINE <= room:  # all of few; of many, not quite as many as would fit
        each = LINE
    step = spaced(count * each / room)
    round_ones = (number for number in range(first, first + count) if number % step == 0)
    numbers = [first, *(number for number in round_ones if number - first >= 0.7 * step)]
    _tick(axes, along, [number - first for number in numbers], [f"{one:,}" for one in numbers] * shown)


def room_for_ends(low: float, high: float) -> float:
    """How wide an axis must be for the numbers at its ends to lie inside it, apart, in inches."""
    return (width_of(written(low)) + width_of(written(high)) + APART) * (1 + 2 * MARGIN)


def number_along(axes: Axes, room: float) -> None:
    """Number the values of a curve that runs downward: round numbers, or where these have no room, its ends.

    Args:
        axes: where; it has the curve.
        room: its width in inches.
    """
    axes.margins(x=MARGIN)
    axes.locator_params(axis="x", nbins=max(2, int(3 * room)))
    low, high = axes.get_xlim()
    places = [place for place in axes.get_xticks() if low <= place <= high]
    widths = [width_of(written(place)) for place in places]
    at = [(place - low) / (high - low) * room for place in places]
    spans = [(x - width / 2, x + width / 2) for x, width in zip(at, widths, strict=True)]
    edges = [-APART, *(edge for span in spans for edge in span), room + APART]
    if all(left + APART <= right for left, right in zip(edges[::2], edges[1::2], strict=True)):
        axes.xaxis.set_major_formatter("{x:.3g}")
        return
    ends = sorted({float(end) for end in axes.dataLim.intervalx if math.isfinite(end)})  # of NaN, none
    axes.set_xticks(ends, [written(end) for end in ends])
    if len(ends) > 1:
        first, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")


def written(number: float) -> str:
    """A number below an axis, with three digits."""
    return f"{number:.3g}".replace("-", "−")


def name_along(axes: Axes, along: Literal["x", "y"], names: Sequence[str], room: float) -> None:
    """Write the names of an axis's positions, as many as there is room for."""
    upright = along == "x" and not lying(names, room)
    step = spaced(len(names) * LINE / room)
    _tick(axes, along, [*range(0, len(names), step)], names[::step])
    if upright:
        axes.tick_params(axis="x", labelrotation=90)


def height_of(names: Sequence[str], room: float) -> float:
    """How much taller names below an axis are than numbers, in inches: upright, they take more room."""
    return 0.0 if lying(names, room) else max(map(width_of, names)) - 0.06


def lying(names: Sequence[str], room: float) -> bool:
    """Whether as many names lie side by side in so many inches as would stand there upright."""
    return spaced(len(names) * (max(map(width_of, names)) + 0.04) / room) <= spaced(len(names) * LINE / room)


def spaced(wanted: float) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that isn't below a number."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if power * step >= wanted:
                return power * step
        power *= 10


def _tick(axes: Axes, along: Literal["x", "y"], places: Sequence[int], labels: Sequence[str]) -> None:
    """Set an axis's ticks, and their labels; without any, the ticks stay alone."""
    setter = axes.set_xticks if along == "x" else axes.set_yticks
    setter(places, labels or [""] * len(places))
