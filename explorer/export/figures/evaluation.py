"""What each class was read as: the confusion matrix, and the accuracy of every class beside it."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures import maps, scales
from explorer.export.figures.lettering import LINE, names_of, width_of
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.ticks import height_of, name_along
from explorer.protocol.questions import Answer

SQUARE: Final = 0.2
"""How wide a square is at least, in inches, if there is room for it."""
SMALLEST: Final = 1.8
"""How wide a matrix of few classes is, in inches."""
GAP: Final = 0.1
"""Between the matrix and the accuracies."""
BARS: Final = 0.4
"""How wide the panel of the accuracies is."""


def draw_evaluation(answer: Answer, sheet: Sheet) -> None:
    """Draw the matrix, true classes downward, with its counts in the squares, as far as they have room."""
    confusion = answer.arrays["confusion"]
    counts = scales.numbers_of(confusion)
    classes = len(counts)
    names, _ = names_of(confusion.coordinates.get("label", ()), classes)
    totals = counts.sum(1)
    with np.errstate(invalid="ignore"):
        shares = counts / totals[:, None]
    left = MARGIN + LINE + max(map(width_of, names)) + 0.08
    beside = GAP + BARS + width_of("100.0 %") + 0.06 + MARGIN
    needed = max(width_of(str(counts.max())) + 0.06, SQUARE)
    most = PAGE - left - beside
    written = needed * classes <= most
    wide = min(max(needed * classes, SMALLEST), most)
    scaled = wide + maps.UNDER + height_of(names, wide) + LINE + 0.05
    sheet.open(left + wide + beside, scaled + maps.BAR + maps.UNDER + LINE, _facts(answer))

    axes = sheet.axes(left, 0, wide, wide)
    scale = scales.of_rare_shares()
    maps.paint(axes, shares, scale, "read as", (wide, wide))
    axes.set_ylabel("class")
    name_along(axes, "x", names, wide)
    name_along(axes, "y", names, wide)
    if written:
        _write(axes, counts, shares)
    marks = sheet.axes(left, scaled, wide, maps.BAR)
    maps.draw_bar(marks, shares, scale, marks=["0", "1 %", "10 %", "100 %"])
    marks.set_xlabel("share of the class")
    bars = sheet.axes(left + wide + GAP, 0, BARS, wide)
    _draw_accuracies(bars, np.diagonal(shares), wide)


def _facts(answer: Answer) -> list[str]:
    """What the evaluation says in single numbers."""
    samples, accuracy, loss = (answer.facts.get(name) for name in ("samples", "accuracy", "loss"))
    said = [f"{samples:,} samples"] if isinstance(samples, int) else []
    said += [f"accuracy {accuracy:.2%}".replace("%", " %")] if isinstance(accuracy, float) else []
    return said + ([f"loss {loss:.4g}"] if isinstance(loss, float) else [])


def _write(axes: Axes, counts: scales.Numbers, shares: scales.Numbers) -> None:
    """Write the counts into the squares, but for 0, in black or white, whichever is easier to read."""
    for label, predicted in np.argwhere(counts).tolist():
        count, dark = counts[label, predicted], shares[label, predicted] > 0.45
        colour = "white" if dark else "#222222"
        axes.text(predicted, label, f"{count}", ha="center", va="center_baseline", color=colour)


def _draw_accuracies(axes: Axes, accuracies: scales.Numbers, tall: float) -> None:
    """Draw a bar for every class, and write its accuracy beside it, if the lines have room for that."""
    classes = len(accuracies)
    places = list(range(classes))
    axes.barh(places, np.nan_to_num(accuracies), 0.7 if classes <= 50 else 1.0, color="#7fb7c9")
    axes.set_ylim(classes - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1], ["0", "100 %"])
    axes.set_yticks([])
    axes.set_xlabel("accuracy")
    if tall / classes < LINE:
        return
    for place, accuracy in zip(places, accuracies, strict=True):
        text = f"{accuracy:.1%}".replace("%", " %") if np.isfinite(accuracy) else "–"
        axes.text(1.08, place, text, va="center_baseline")
