"""What all figures of timesteps share: they run downward, from 1, on the same lines in every panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures.maps import paint
from explorer.export.figures.scales import Numbers, Scale, of_sample
from explorer.export.figures.ticks import count_along, number_along, room_for_ends

LEFT: Final = 0.48
"""Where the first panel begins, in inches: what is left of it are the numbers of the timesteps."""
LINES: Final = 16.0
"""Timesteps to an inch, as long as that makes a map neither too low nor too tall."""
LOWEST: Final = 0.5
"""How tall a map is at least, in inches."""
TALLEST: Final = 3.4
"""How tall it is at most: then 1,000 timesteps are 1,000 lines in print."""
FEW: Final = 200
"""The most timesteps that are drawn with a curve of full width."""

LOOKS: Final = (
    ("#0072B2", "-"),
    ("#D55E00", (0, (4, 1.5))),
    ("#009E73", (0, (1, 1))),
    ("#CC79A7", (0, (4, 1, 1, 1))),
)
"""Colour and dashes of a panel's curves: of Okabe and Ito's palette, and different without any colour."""
HANDLE: Final = 0.3
"""How wide what is before a name in a legend is, in inches."""


def height_for(timesteps: int) -> float:
    """How tall a map of so many timesteps is, in inches."""
    return min(max(timesteps / LINES, LOWEST), TALLEST)


def width_for(inputs: int, timesteps: int, widest: float) -> float:
    """How wide a map of a sequence is, in inches: as if its numbers were square, within limits."""
    return min(max(height_for(timesteps) * inputs / timesteps, 0.4), widest)


def width_beside(sample: Numbers, widest: float) -> float:
    """How wide a sample (T, I) is drawn beside other maps, in inches: also as the numbers below it need."""
    timesteps, inputs = sample.shape
    ends = of_sample(sample).marks
    if inputs == 1 and len(known := sample[np.isfinite(sample)]):  # a curve begins where its numbers do
        ends = float(known.min()), float(known.max())
    return max(width_for(inputs, timesteps, widest), room_for_ends(*ends))


def time_axis(axes: Axes, timesteps: int, *, first: bool) -> None:
    """Number the timesteps, from 1; only the first panel of a line writes the numbers."""
    count_along(axes, "y", timesteps, height_for(timesteps), first=1, shown=first)
    if first:
        axes.set_ylabel("timestep")


def sequence(axes: Axes, values: Numbers, scale: Scale, width: float, name: str) -> None:
    """Draw a sequence (T, I) as a map, or, of one input only, as a curve.

    Args:
        axes: where.
        values: the sequence.
        scale: the colours of a map.
        width: of `axes`, in inches.
        name: what the numbers are, for the axis of a curve.
    """
    timesteps, inputs = values.shape
    if inputs > 1:
        paint(axes, values, scale, "input", (width, height_for(timesteps)))
        count_along(axes, "x", inputs, width)
        return
    curve(axes, values[:, 0], color="#333333")
    axes.set_xlabel(name)
    number_along(axes, width)


def curve(axes: Axes, values: Numbers, **look: Any) -> None:
    """Draw numbers (T,) as a curve that runs downward; of one timestep, a point. `look` as in `Line2D`."""
    timesteps = len(values)
    axes.plot(
        values,
        range(timesteps),
        marker="." if timesteps == 1 else "",
        linewidth=1.0 if timesteps <= FEW else 0.6,
        clip_on=False,
        **look,
    )
    axes.set_ylim(timesteps - 0.5, -0.5)


def explain(axes: Axes, names: Sequence[str], top: float) -> None:
    """Write the names of a panel's first curves below it; `top` is in heights of the panel."""
    axes.legend(
        names,
        loc="upper left",
        bbox_to_anchor=(0, top),
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=2,  # letters wide, and 0.8 between it and the name: `HANDLE`
        labelspacing=0.2,
    )
