"""Every activation at every timestep, beside the sample that was read."""

from __future__ import annotations

from typing import Final, NamedTuple

from explorer.export.figures import maps, scales
from explorer.export.figures.heading import facts_of, shown
from explorer.export.figures.lettering import LINE, names_of
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.ticks import count_along
from explorer.export.figures.timeline import LEFT, height_for, sequence, time_axis, width_beside
from explorer.protocol.questions import Answer, Array

GAP: Final = 0.12
"""Between two panels, in inches."""
EDGE: Final = 0.06
"""What the last number below the last map may stick out."""
MOST: Final = 6
"""The most maps side by side; on a page, each is then 0.66 inches wide beside a square sample."""
WIDEST: Final = 1.4
"""The most that a map is wide."""
SAMPLE: Final = 1.75
"""The most that the sample is wide."""
ABOVE: Final = 2 * LINE + 0.03
"""What is above a map: its letter, and what it is."""


class Place(NamedTuple):
    """Where a map is, with what belongs to it."""

    left: float
    top: float
    wide: float
    scaled: float
    """How far below `top` its colour bar is."""
    first: bool = False
    """Whether its timesteps are numbered."""


def draw_activations(answer: Answer, sheet: Sheet) -> None:
    """Draw the sample, and at its right a map for each activation, six to a line."""
    activations = [(name, one) for name, one in answer.arrays.items() if one.axes == ("timestep", "unit")]
    sample, probabilities = answer.arrays["input"], answer.arrays["probabilities"]
    timesteps, units = activations[0][1].shape
    beside = width_beside(scales.numbers_of(sample), SAMPLE)
    most = min(len(activations), MOST)
    wide = min((PAGE - LEFT - beside - EDGE - MARGIN) / most - GAP, WIDEST)
    under = maps.UNDER + LINE * (2 if maps.pooled(units, wide) else 1) + 0.05
    scaled = ABOVE + height_for(timesteps) + under
    line = scaled + maps.BAR + maps.UNDER
    starts = range(0, len(activations), most)
    width = LEFT + beside + most * (GAP + wide) + EDGE + MARGIN
    names, _ = names_of(probabilities.coordinates.get("class", ()), *probabilities.shape)
    sheet.open(width, len(starts) * (line + LINE) - LINE, facts_of(answer, names))
    for number, start in enumerate(starts):
        top = number * (line + LINE)
        _draw_sample(sheet, scales.numbers_of(sample), Place(LEFT, top, beside, scaled))
        for column, (name, activation) in enumerate(activations[start : start + most]):
            left = LEFT + beside + GAP + column * (wide + GAP)
            draw_map(sheet, name, activation, Place(left, top, wide, scaled))


def _draw_sample(sheet: Sheet, values: scales.Numbers, place: Place) -> None:
    """Draw what was read, with its colour bar."""
    axes = sheet.axes(place.left, place.top + ABOVE, place.wide, height_for(len(values)))
    scale = scales.of_sample(values)
    sequence(axes, values, scale, place.wide, "input")
    time_axis(axes, len(values), first=True)
    maps.title(axes, "x", "sample", place.wide)
    if values.shape[1] > 1:
        bar = sheet.axes(place.left, place.top + place.scaled, place.wide, maps.BAR)
        maps.draw_bar(bar, values, scale)


def draw_map(
    sheet: Sheet, name: str, activation: Array, place: Place, scale: scales.Scale | None = None
) -> None:
    """Draw one activation, with its colour bar; without a scale, in that of its range."""
    values = scales.numbers_of(activation)
    timesteps, units = values.shape
    size = (place.wide, height_for(timesteps))
    axes = sheet.axes(place.left, place.top + ABOVE, *size)
    scale = scale or scales.of_activation(values, activation.span)
    maps.paint(axes, values, scale, "unit", size)
    time_axis(axes, timesteps, first=place.first)
    count_along(axes, "x", units, place.wide)
    maps.title(axes, shown(name), shown(activation.label), place.wide)
    bar = sheet.axes(place.left, place.top + place.scaled, place.wide, maps.BAR)
    maps.draw_bar(bar, values, scale)
