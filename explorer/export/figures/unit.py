"""One hidden unit: what it keeps and writes, its activations as curves, and the classes that it votes for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from explorer.export.figures import scales
from explorer.export.figures.heading import facts_of, shown
from explorer.export.figures.lettering import LINE, fitted, names_of, width_of
from explorer.export.figures.maps import UNDER
from explorer.export.figures.sheet import MARGIN, PAGE, Sheet
from explorer.export.figures.ticks import name_along
from explorer.export.figures.timeline import HANDLE, LEFT, LOOKS, curve, explain, height_for, time_axis
from explorer.protocol.questions import Answer, Array

WIDE: Final = 1.05
"""How wide a panel is, in inches, as long as there is room."""
GAP: Final = 0.2
"""Between two panels."""
FOR, AGAINST = "#B2182B", "#2166AC"
"""The colours of votes: those of the maps around 0."""


class _Panel(NamedTuple):
    """Curves with one scale."""

    heading: str
    """What stands above it."""
    curves: Mapping[str, Array]
    """Its curves, by what they are called."""
    span: str
    """Their range, as in `Array`."""


def draw_unit(answer: Answer, sheet: Sheet) -> None:
    """Draw the memory with its equation, the gates, what is -1 to 1, and the votes after the last timestep.

    All but the votes run downward on the same lines.
    """
    panels, votes = _panels(answer), answer.arrays["votes"]
    names, _ = names_of(votes.coordinates.get("class", ()), *votes.shape)
    timesteps = next(iter(panels[0].curves.values())).shape[0]
    tall = height_for(timesteps)
    named = max(map(width_of, names)) + 0.06
    wide = min(WIDE, (PAGE - LEFT - named - MARGIN) / (len(panels) + 1) - GAP)
    explained = LINE + tall + UNDER + 0.03
    height = explained + LINE * max(len(panel.curves) for panel in panels)
    sheet.open(
        LEFT + (len(panels) + 1) * (wide + GAP) + named + MARGIN, height, _facts(answer, sheet.classes)
    )
    for number, panel in enumerate(panels):
        left = LEFT + number * (wide + GAP)
        axes = sheet.axes(left, LINE, wide, tall)
        sheet.text(left, 0, fitted(panel.heading, wide + GAP / 2))
        _draw_curves(axes, panel, first=number == 0)
        names_of_curves = [fitted(shown(name), wide - HANDLE) for name in panel.curves]
        explain(axes, names_of_curves, (LINE + tall - explained) / tall)
    left = LEFT + len(panels) * (wide + GAP) + named
    sheet.text(left, 0, fitted("votes at the end", wide + GAP / 2))
    _draw_votes(sheet.axes(left, LINE, wide, tall), scales.numbers_of(votes), names, tall)


def _panels(answer: Answer) -> list[_Panel]:
    """The panels of curves: one for each range, and more where there are many activations."""
    parts = {name: part for name, part in answer.arrays.items() if part.axes == ("timestep",)}
    panels, state = [], answer.facts.get("memory")
    if isinstance(state, str):
        kept, written = parts.pop("kept"), parts.pop("written")
        curves = {kept.label: kept, written.label: written, state: parts.pop(state)}
        panels.append(_Panel(f"{state}′ = {kept.label} + {written.label}", curves, "open"))
    for span, heading in (("unit", "0 to 1"), ("signed", "−1 to 1"), ("open", "any value")):
        alike = [name for name, part in parts.items() if part.span == span]
        for first in range(0, len(alike), len(LOOKS)):
            some = alike[first : first + len(LOOKS)]
            panels.append(_Panel(heading, {name: parts[name] for name in some}, span))
    return panels


def _facts(answer: Answer, classes: Sequence[str]) -> list[str]:
    """What the answer says in single values; the title has the unit only where it was named."""
    unit, half_life = answer.facts.get("unit"), answer.facts.get("half_life")
    said = [] if "unit" in answer.options else [f"unit {unit}"]
    said += facts_of(answer, classes)
    if isinstance(half_life, float):
        said.append(f"half-life {half_life:.3g} timesteps, if nothing were written")
    return said


def _draw_curves(axes: Axes, panel: _Panel, *, first: bool) -> None:
    """Draw the curves of a panel."""
    values = [scales.numbers_of(part) for part in panel.curves.values()]
    for one, (colour, dashes) in zip(values, LOOKS, strict=False):
        curve(axes, one, color=colour, linestyle=dashes)
    axes.axvline(0, color="#bbbbbb", linewidth=0.5, zorder=0)
    if panel.span != "open":  # a curve isn't clipped, and may be held beyond its range
        known = [number for one in values for number in one[np.isfinite(one)].tolist()]
        axes.set_xlim(min([0 if panel.span == "unit" else -1, *known]), max([1, *known]))
    _number(axes)
    time_axis(axes, len(values[0]), first=first)


def _draw_votes(axes: Axes, votes: scales.Numbers, names: Sequence[str], tall: float) -> None:
    """Draw a bar for each class, to the right for it, to the left against it."""
    known = np.nan_to_num(votes, posinf=0, neginf=0)
    colours = [FOR if vote > 0 else AGAINST for vote in known]
    axes.barh(range(len(known)), known, 0.7 if len(known) <= 50 else 1.0, color=colours)
    axes.axvline(0, color="#666666", linewidth=0.5)
    axes.set_ylim(len(known) - 0.5, -0.5)
    _number(axes)
    name_along(axes, "y", names, tall)


def _number(axes: Axes) -> None:
    """Write a few numbers below a panel."""
    axes.locator_params(axis="x", nbins=3)
    axes.xaxis.set_major_formatter("{x:.3g}")
