"""The title of a plot, which is its legend as well: what the curves are, in their colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.style import Style

from explorer.runs.history import TESTED
from explorer.ui.base.oklab import Rgb
from explorer.ui.views.curve_panels import Panel
from explorer.ui.views.curve_points import CurvePoints
from explorer.ui.views.look import Look
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import hex_of


@dataclass(frozen=True)
class Ink:
    """The colours of a plot."""

    axis: Rgb
    """Axes and ticks."""
    band: Rgb
    """From the lowest to the highest batch of a column."""
    train: Rgb
    """The line of the batches, or the first of several lines."""
    test: Rgb
    """The test set: all of it after each epoch, and a part of it within one; or a second line."""
    third: Rgb = (126, 200, 126)
    """A third line."""
    shade: Rgb = (58, 66, 82)
    """Behind what is being drawn with the mouse."""

    def line(self, number: int) -> Rgb:
        """The colour of a line, from 0."""
        return (self.train, self.test, self.third)[number % 3]


def title(panel: Panel, points: CurvePoints, look: Look, width: int, ink: Ink) -> Line:
    """A plot's name, and what its curves are: in full, or as many words as there is room for."""
    line, names = Line(), [curve.name for curve in points.curves]
    dash = "•" if points.curves and all(curve.single for curve in points.curves) else "─"
    for name_of_plot, gap, meaning, dots in wordings(panel, points, look):
        line = Line().add(name_of_plot)
        shown = [meaning] if len(names) == 1 and meaning else names
        for number, name in enumerate(shown):
            line.add(" " * gap).add(f"{dash} {name}", Style(color=hex_of(ink.line(number))))
        if meaning and len(names) != 1:
            line.add(f" ({meaning})")
        if dots:
            line.add(" " * gap).add(dots, Style(color=hex_of(ink.test)))
        if line.width <= width:
            break
    return line.to(width)


def wordings(panel: Panel, points: CurvePoints, look: Look) -> Iterator[tuple[str, int, str, str]]:
    """Title, blanks between the parts, what the line means, and the test set, the longest wording first."""
    titles, dots, full = panel.titles(look.axis), "", ""
    if panel.series in TESTED:
        full = dots = "● test"
        if points.part[0]:
            dots, full = "●○ test", f"● test  ○ {f'on {points.samples:,}' if points.samples else 'a part'}"
    if not points.curves:
        yield f"{titles[-1]}: not on record", 0, "", ""
        return
    train = "train, " if panel.series in TESTED else ""
    if look.factor:
        meanings = [f"smoothed {look.factor:.15g}"]
    elif points.fullest <= 1:
        meanings = ["each batch"] if points.fullest else []
    else:
        meanings = [f"mean of {points.fullest:,} batches", f"mean of {points.fullest:,}"]
    for meaning in [*(f"{train}{one}" for one in meanings), *meanings]:
        yield titles[0], 2, meaning, full
    for title in titles if meanings else ():
        if title != "%":
            yield title, 1, meanings[-1], dots
    yield titles[0], 2, "", full
    for title in titles:
        for gap in (2, 1):
            yield title, gap, "", dots
