"""Which inputs speak for a class, and which against it."""

from __future__ import annotations

from typing import Final

from explorer.export.figures import maps, scales
from explorer.export.figures.heading import facts_of, shown
from explorer.export.figures.lettering import LINE, fitted, width_of
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.timeline import LEFT, height_for, sequence, time_axis, width_for
from explorer.protocol.questions import Answer

GAP: Final = 0.08
"""Between the map and its colour bar, in inches."""

NARROWEST: Final = 1.75
"""How wide the map is at least: the title has that width, too."""


def draw_saliency(answer: Answer, sheet: Sheet) -> None:
    """Draw the map, timesteps downward, inputs to the right, with 0 in the middle of its colours."""
    array = answer.arrays["saliency"]
    values = scales.numbers_of(array)
    timesteps, inputs = values.shape
    tall = height_for(timesteps)
    scale = scales.of_gradient(values)
    beside = GAP + maps.BAR + 0.06 + max(width_of(f"{mark:.3g}") for mark in scale.marks) + MARGIN
    if inputs == 1:
        beside = 2 * MARGIN
    wide = max(width_for(inputs, timesteps, PAGE - LEFT - beside), NARROWEST)
    label = shown(array.label) or f"for class {answer.facts['class']}"
    width = LEFT + wide + beside
    under = maps.UNDER + LINE * (2 if maps.pooled(inputs, wide) else 1)
    sheet.open(width, LINE + tall + under, facts_of(answer, sheet.classes))
    sheet.text(LEFT, 0, fitted(label, width - LEFT - MARGIN))
    axes = sheet.axes(LEFT, LINE, wide, tall)
    sequence(axes, values, scale, wide, "gradient")
    time_axis(axes, timesteps, first=True)
    if inputs > 1:
        bar = sheet.axes(LEFT + wide + GAP, LINE, maps.BAR, tall)
        maps.draw_bar(bar, values, scale, standing=True)
