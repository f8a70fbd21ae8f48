"""One square of the confusion matrix: its samples, the most wrong first, and the means of the activations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from explorer.export.figures import maps, scales
from explorer.export.figures.activations import ABOVE, EDGE, GAP, MOST, WIDEST, Place, draw_map
from explorer.export.figures.lettering import LINE
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.timeline import LEFT, height_for
from explorer.protocol.questions import Answer, Array

PICTURED: Final = 20
"""The most samples that are drawn."""
ACROSS: Final = 10
"""How many of them side by side."""
PICTURE: Final = 0.6
"""How tall a sample is, in inches, and the most that it is wide."""
PITCH: Final = (PAGE - 2 * MARGIN) / ACROSS
"""From one sample to the next."""
DOWN: Final = PICTURE + 2 * LINE + 0.1
"""From one line of samples to the next: below each stand its number, and what it was read as."""


def draw_mistakes(answer: Answer, sheet: Sheet) -> None:
    """Draw the samples, below them the mean of every activation over the set, over those read right, and how
    much more the first is than the second.
    """
    label, read_as = (answer.facts[name] for name in ("label", "read_as"))
    sets = {"": f"mean over the {answer.facts['count']:,} of class {label} read as {read_as}"}
    if any(name.endswith("_right") for name in answer.arrays):
        sets["_right"] = f"mean over the {answer.facts['count_right']:,} read as {label}"
        sets["_difference"] = "difference: the first mean minus the second"
    means = {name: one for name, one in answer.arrays.items() if one.axes == ("timestep", "unit")}
    names = [name for name in means if not name.endswith(("_right", "_difference"))]
    most = min(len(names), MOST)
    wide = min((PAGE - LEFT - EDGE - MARGIN) / most - GAP, WIDEST)
    timesteps = max(one.shape[0] for one in means.values())
    units = means[names[0]].shape[1]
    under = maps.UNDER + LINE * (2 if maps.pooled(units, wide) else 1) + 0.05
    each = LINE + ABOVE + height_for(timesteps) + under + maps.BAR + maps.UNDER + 0.5 * LINE
    pictured = min(answer.arrays["thumbnails"].shape[0], PICTURED)
    top = -(-pictured // ACROSS) * DOWN + LINE
    starts = range(0, len(names), most)
    sheet.open(PAGE, top + len(starts) * len(sets) * each)
    _draw_samples(sheet, answer.arrays, pictured)
    for start in starts:
        for ending, said in sets.items():
            sheet.text(MARGIN, top, said)
            for column, name in enumerate(names[start : start + most]):
                shown = means[name + ending]
                scaled = ABOVE + height_for(shown.shape[0]) + under
                place = Place(LEFT + column * (wide + GAP), top + LINE, wide, scaled, column == 0)
                scale = scales.of_gradient(scales.numbers_of(shown)) if ending == "_difference" else None
                draw_map(sheet, name, shown, place, scale)
            top += each


def _draw_samples(sheet: Sheet, arrays: Mapping[str, Array], pictured: int) -> None:
    """Draw the first samples, each with its number, and what it was read as with which share."""
    pictures = scales.numbers_of(arrays["thumbnails"])
    scale = scales.of_sample(pictures)
    for rank in range(pictured):
        line, column = divmod(rank, ACROSS)
        left, top = MARGIN + column * PITCH, line * DOWN
        picture = pictures[rank]
        wide = max(min(PICTURE * picture.shape[1] / picture.shape[0], PICTURE), 0.1)
        axes = sheet.axes(left, top, wide if picture.shape[1] > 1 else PICTURE, PICTURE)
        if picture.shape[1] > 1:
            maps.paint(axes, picture, scale, "", (wide, PICTURE))
        else:
            axes.plot(picture[:, 0], np.arange(len(picture)), color="#333333", linewidth=0.8)
            axes.set_ylim(len(picture) - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        samples, predicted, share = (arrays[name].numbers[rank] for name in ("samples", "predicted", "share"))
        sheet.text(left, top + PICTURE + 0.03, f"{samples:,}")
        sheet.text(left, top + PICTURE + 0.03 + LINE, f"{predicted}: {share:.0%}".replace("%", " %"))
