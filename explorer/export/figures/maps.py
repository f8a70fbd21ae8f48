"""Numbers as colours: the map itself, what is written above it, and its colour bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures.lettering import fitted
from explorer.export.figures.scales import Numbers, Scale
from explorer.export.figures.ticks import written

FINEST: Final = 300
"""The most numbers that an inch of a map shows; more are pooled, since no print could."""
SHARP: Final = 2
"""How many pixels a number has in a map as fine as that, as high and as wide; in others more."""
SHARPEST: Final = 8
"""The most. Some programs smooth the pictures in a svg: then only the edges of the numbers are blurred."""
BAR: Final = 0.06
"""How thick a colour bar is, in inches."""
UNDER: Final = 0.18
"""How far below a panel's lower edge its tick labels reach, in inches."""

_POINTED: Final = {
    (False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"
}  # fmt: skip


def paint(axes: Axes, values: Numbers, scale: Scale, across: str, size: tuple[float, float]) -> None:
    """Paint a map: timesteps (or what else the lines are) downward.

    Args:
        axes: where.
        values: (lines, columns).
        scale: their colours.
        across: what the columns are, for the axis below.
        size: the width and height of `axes`, in inches.
    """
    wide, tall = (max(1, int(inches * FINEST)) for inches in size)
    every, each = (math.ceil(count / most) for count, most in zip(values.shape, (tall, wide), strict=True))
    means = _means(_means(values.astype(float), every, 0), each, 1)
    lines, columns = means.shape
    pixels = scale.colours.to_rgba(means, bytes=True)
    for axis, factor in enumerate((SHARP * tall // lines, SHARP * wide // columns)):
        pixels = pixels.repeat(min(factor, SHARPEST), axis)
    axes.imshow(
        pixels,
        aspect="auto",
        interpolation="none",  # the file has these very pixels, and no others
        extent=(-0.5, columns * each - 0.5, lines * every - 0.5, -0.5),
    )
    axes.set_xlim(-0.5, values.shape[1] - 0.5)
    axes.set_ylim(values.shape[0] - 0.5, -0.5)
    axes.set_xlabel(across if each == 1 else f"{across}\n(means of {each})")


def pooled(columns: int, width: float) -> bool:
    """Whether a map of this width pools its columns: then the name of its axis takes a second line."""
    return columns > max(1, int(width * FINEST))


def _means(values: Numbers, size: int, axis: int) -> Numbers:
    """The means of as many neighbours; the last may have fewer."""
    if size == 1:
        return values
    starts = np.arange(0, values.shape[axis], size)
    counts = np.diff(np.append(starts, values.shape[axis]))
    sums: Numbers = np.add.reduceat(values, starts, axis)
    return sums / (counts[:, None] if axis == 0 else counts)


def draw_bar(
    axes: Axes, values: Numbers, scale: Scale, *, standing: bool = False, marks: Sequence[str] = ()
) -> None:
    """Draw a map's colour bar; an end beyond which there are numbers is pointed.

    Args:
        axes: where.
        values: the map's numbers.
        scale: their colours.
        standing: whether it stands beside the map, or lies below it.
        marks: what is written at the scale's marks; without any, the numbers.
    """
    low, high = scale.marks[0], scale.marks[-1]
    beyond = (bool(np.nanmin(values, initial=low) < low), bool(np.nanmax(values, initial=high) > high))
    drawn = axes.figure.colorbar(
        scale.colours,
        cax=axes,
        orientation="vertical" if standing else "horizontal",
        ticks=[*scale.marks],
        extend=_POINTED[beyond],
        extendfrac=0.06,
    )
    drawn.outline.set_linewidth(0.5)
    drawn.ax.tick_params(size=1.5)
    drawn.set_ticklabels([*marks] or [written(mark) for mark in scale.marks])
    if not standing:  # the outer ones stay within the bar: the next panel has one, too
        first, *_, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")


def title(axes: Axes, letter: str, label: str, room: float) -> None:
    """Write an activation's letter, in italics, above its map, and below the letter what it is."""
    axes.annotate(
        letter, (0, 1), (0, 10.5), "axes fraction", "offset points", style="italic", size=8, va="baseline"
    )
    axes.annotate(fitted(label, room), (0, 1), (0, 2.5), "axes fraction", "offset points", va="baseline")
