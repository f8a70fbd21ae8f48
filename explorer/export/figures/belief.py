"""The answer after each timestep: the share of every class, and how those of three changed."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures import maps, scales
from explorer.export.figures.heading import facts_of
from explorer.export.figures.lettering import LINE, fitted, names_of, width_of
from explorer.export.figures.sheet import COLUMN, MARGIN, PAGE, Sheet
from explorer.export.figures.ticks import height_of, name_along
from explorer.export.figures.timeline import HANDLE, LEFT, LOOKS, curve, explain, height_for, time_axis
from explorer.protocol.questions import Answer

MOST: Final = 3
"""The most curves."""
SQUARE: Final = 0.13
"""How wide a class is in the map, in inches, as long as there is room."""
NARROWEST: Final = 1.2
"""How wide the map is at least."""
CURVES: Final = 0.85
"""How wide the panel of the curves is at least."""
GAP: Final = 0.14
"""Between the two panels."""


def draw_belief(answer: Answer, sheet: Sheet) -> None:
    """Draw the map, timesteps downward and classes to the right, and beside it the curves on the same lines.

    The curves are of the class that the sequence was read as, and of the two others that had the largest
    shares on average.
    """
    belief = answer.arrays["belief"]
    shares = scales.numbers_of(belief)
    timesteps, classes = shares.shape
    tall = height_for(timesteps)
    names, across = names_of(belief.coordinates.get("class", ()), classes)
    edge = width_of("decided") + 0.06
    wide = min(max(classes * SQUARE, NARROWEST), PAGE - LEFT - GAP - CURVES - edge - MARGIN)
    curves = max(COLUMN - LEFT - wide - GAP - edge - MARGIN, CURVES)
    likeliest = _likeliest(shares)
    scaled = tall + maps.UNDER + height_of(names, wide) + LINE + 0.05
    explained = tall + maps.UNDER + 1.4 * LINE
    height = max(scaled + maps.BAR + maps.UNDER, explained + len(likeliest) * LINE)
    sheet.open(LEFT + wide + GAP + curves + edge + MARGIN, height, facts_of(answer, names))

    left = sheet.axes(LEFT, 0, wide, tall)
    scale = scales.of_shares()
    maps.paint(left, shares, scale, across, (wide, tall))
    time_axis(left, timesteps, first=True)
    name_along(left, "x", names, wide)
    maps.draw_bar(sheet.axes(LEFT, scaled, wide, maps.BAR), shares, scale)
    right = sheet.axes(LEFT + wide + GAP, 0, curves, tall)
    _draw_curves(right, shares[:, likeliest])
    room = curves + edge - HANDLE
    explain(right, [fitted(names[one], room) for one in likeliest], 1 - explained / tall)
    decided = answer.facts.get("decided_at")
    if isinstance(decided, int):
        for panel in (left, right):
            panel.axhline(decided - 1.5, color="#333333", linewidth=0.8)  # the upper edge of that timestep
        at = min(max((decided - 1) / timesteps * tall - LINE, 0.0), tall - 2 * LINE)
        sheet.text(LEFT + wide + GAP + curves + 0.05, at, "decided")
        sheet.text(LEFT + wide + GAP + curves + 0.05, at + LINE, f"at {decided:,}")


def _likeliest(shares: scales.Numbers) -> list[int]:
    """The class with the largest share at the end, and the two others with the largest on average."""
    last = int(shares[-1].argmax())
    ranked = np.argsort(-shares.mean(0), kind="stable").tolist()
    return [last, *(one for one in ranked if one != last)][:MOST]


def _draw_curves(axes: Axes, shares: scales.Numbers) -> None:
    """Draw the shares (T, 3) of some classes."""
    for one, (colour, dashes) in zip(shares.T, LOOKS, strict=False):
        curve(axes, one, color=colour, linestyle=dashes)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_xlabel("share")
    time_axis(axes, len(shares), first=False)
