"""What a change changes: belief and one activation without it, with it, and the difference."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from explorer.export.figures import maps, scales
from explorer.export.figures.activations import EDGE
from explorer.export.figures.heading import changes_of, facts_of, shown
from explorer.export.figures.lettering import LINE, fitted, names_of
from explorer.export.figures.sheet import MARGIN, OTHERS, PAGE, Sheet
from explorer.export.figures.ticks import count_along, height_of, name_along
from explorer.export.figures.timeline import LEFT, height_for, sequence, time_axis, width_beside
from explorer.protocol.questions import Answer

GAP: Final = 0.14
"""Between two ways to read it, in inches."""
BETWEEN: Final = 0.06
"""Between the belief and the map of one way."""
SAMPLE: Final = 1.0
"""The most that the sample is wide."""
SQUARE: Final = 0.07
"""How wide a class is, as long as the belief takes at most half of the room."""
WIDEST: Final = 1.9
"""The most that the belief and the map of one way take."""
NARROWEST: Final = 0.4
"""How wide the belief is at least."""
ABOVE: Final = 4 * LINE + 0.05
"""What is above the maps: the way, what it was read as, and what each map is."""


class _Map(NamedTuple):
    """One map."""

    letter: str
    """What it shows; empty for the belief."""
    label: str
    """That in words."""
    values: scales.Numbers
    """(T, K), or (T, H)."""
    scale: scales.Scale


class _Way(NamedTuple):
    """One way to read the sequence, or how the two differ."""

    title: str
    """Which one."""
    read: str
    """What it was read as, with its share."""
    belief: _Map
    activation: _Map


def draw_difference(answer: Answer, sheet: Sheet) -> None:
    """Draw the sample, and at its right belief and activation without, with, and the difference.

    The activation is the one that was asked for, or else the memory. A line across the maps shows from where
    on the likeliest class is another one.
    """
    ways, sample = _ways(answer), scales.numbers_of(answer.arrays["input"])
    (timesteps, classes), units = ways[0].belief.values.shape, ways[0].activation.values.shape[1]
    names, _ = names_of(answer.arrays["belief"].coordinates.get("class", ()), classes)
    tall, beside = height_for(timesteps), width_beside(sample, SAMPLE)
    room = min((PAGE - LEFT - beside - EDGE - MARGIN) / len(ways) - GAP, WIDEST)
    narrow = min(max(classes * SQUARE, NARROWEST), (room - BETWEEN) / 2)
    wide = room - BETWEEN - narrow
    under = maps.UNDER + max(height_of(names, narrow), LINE * (2 if maps.pooled(units, wide) else 1))
    scaled = ABOVE + tall + under + 0.05
    width = LEFT + beside + len(ways) * (GAP + room) + EDGE + MARGIN
    parts = answer.facts.get("parts_at")
    parted = [f"beliefs part at timestep {parts:,}"] if isinstance(parts, int) else []
    sheet.open(width, scaled + maps.BAR + maps.UNDER, [*facts_of(answer, names), *parted])

    axes = sheet.axes(LEFT, ABOVE, beside, tall)
    sequence(axes, sample, scales.of_sample(sample), beside, "input")
    time_axis(axes, timesteps, first=True)
    maps.title(axes, "x", "sample", beside)
    for number, way in enumerate(ways):
        left = LEFT + beside + GAP + number * (room + GAP)
        sheet.text(left, 0, fitted(way.title, room))
        sheet.text(left, LINE, fitted(way.read, room), color=OTHERS)
        places = ((way.belief, left, narrow), (way.activation, left + narrow + BETWEEN, wide))
        for one, at, span in places:
            panel = sheet.axes(at, ABOVE, span, tall)
            maps.paint(panel, one.values, one.scale, "" if one is way.belief else "unit", (span, tall))
            time_axis(panel, timesteps, first=False)
            maps.title(panel, one.letter, one.label, span)
            if one is way.belief:
                name_along(panel, "x", names, span)
            else:
                count_along(panel, "x", units, span)
            if isinstance(parts, int):
                panel.axhline(parts - 1.5, color="#333333", linewidth=0.8)  # that timestep's upper edge
            maps.draw_bar(sheet.axes(at, scaled, span, maps.BAR), one.values, one.scale)


def _ways(answer: Answer) -> list[_Way]:
    """Without, with, and the difference; of an activation without bounds, that of its tanh."""
    name = str(answer.options.get("map") or answer.facts["memory"])
    array = answer.arrays[name]
    letter, label = shown(name), shown(array.label)
    values, plain = (scales.numbers_of(answer.arrays[key]) for key in (name, f"{name}_without"))
    differ, differs = values - plain, letter
    if array.span == "open":
        differ, differs = np.tanh(values) - np.tanh(plain), f"tanh {letter}"
    ways = [("without", "predicted_without", "belief_without", plain)]
    ways += [(f"with {', '.join(changes_of(answer))}", "predicted", "belief", values)]
    drawn = []
    for title, fact, key, one in ways:
        shares = scales.numbers_of(answer.arrays[key])
        belief = _Map("", "belief", shares, scales.of_shares())
        activation = _Map(letter, label, one, scales.of_activation(one, array.span))
        drawn.append(_Way(title, _read(answer, fact, shares), belief, activation))
    shares = scales.numbers_of(answer.arrays["belief_difference"])
    belief = _Map("", "belief", shares, scales.of_activation(shares, "signed"))
    activation = _Map(differs, label, differ, scales.of_gradient(differ))
    return [*drawn, _Way("difference", "with − without", belief, activation)]


def _read(answer: Answer, fact: str, belief: scales.Numbers) -> str:
    """What it was read as, and the share of that class then: of the last timestep that was read."""
    number, names = answer.facts[fact], answer.arrays["belief"].coordinates.get("class", ())
    assert isinstance(number, int)
    known = belief[~np.isnan(belief).all(1)]
    share = f", {known[-1, number]:.0%}".replace("%", " %") if len(known) else ""
    return f"read as {shown(names[number]) if number < len(names) else number}{share}"
