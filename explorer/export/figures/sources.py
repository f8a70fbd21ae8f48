"""When what is remembered was written: a triangle beside the sample, on the sample's lines."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures import maps, scales
from explorer.export.figures.heading import facts_of, shown
from explorer.export.figures.lettering import LINE, fitted
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.ticks import count_along
from explorer.export.figures.timeline import LEFT, height_for, sequence, time_axis, width_beside
from explorer.protocol.questions import Answer

GAP: Final = 0.14
"""Between the sample and the triangle, in inches."""
SAMPLE: Final = 1.75
"""The most that the sample is wide."""
NARROWEST: Final = 1.75
"""How wide the triangle is at least: what is written above and below it has that width, too."""
EDGE: Final = 0.12
"""What the last number below the triangle may stick out."""
UNDER: Final = maps.UNDER + LINE
"""How far below a panel its numbers and the name of its axis reach."""


def draw_sources(answer: Answer, sheet: Sheet) -> None:
    """Draw the sample, and at its right the shares: downward when it was written, to the right when held."""
    shares, sample = (scales.numbers_of(answer.arrays[name]) for name in ("sources", "input"))
    timesteps = len(shares)
    tall = height_for(timesteps)
    beside = width_beside(sample, SAMPLE)
    wide = min(max(tall, NARROWEST), PAGE - LEFT - beside - GAP - EDGE - MARGIN)
    left, scaled = LEFT + beside + GAP, LINE + tall + UNDER + 0.07
    facts = facts_of(answer, sheet.classes)
    sheet.open(left + wide + EDGE + MARGIN, scaled + maps.BAR + maps.UNDER + LINE, facts)

    axes = sheet.axes(LEFT, LINE, beside, tall)
    sequence(axes, sample, scales.of_sample(sample), beside, "input")
    time_axis(axes, timesteps, first=True)
    triangle = sheet.axes(left, LINE, wide, tall)
    scale = scales.of_rare_shares()
    maps.paint(triangle, shares, scale, "timestep now", (wide, tall))
    time_axis(triangle, timesteps, first=False)
    count_along(triangle, "x", timesteps, wide, first=1)
    _draw_edge(triangle, timesteps)
    sheet.text(left, 0, fitted(shown(answer.arrays["sources"].label), wide + EDGE))
    bar = sheet.axes(left, scaled, wide, maps.BAR)
    maps.draw_bar(bar, shares, scale, marks=["0", "1 %", "10 %", "100 %"])
    bar.set_xlabel("share of what is held now")


def _draw_edge(axes: Axes, timesteps: int) -> None:
    """Draw the lower edge of the triangle: on it is what a timestep wrote itself."""
    corners = np.arange(timesteps + 1).repeat(2) - 0.5
    axes.plot(corners[:-1], corners[1:], color="#999999", linewidth=0.5)
