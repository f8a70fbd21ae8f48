"""Loss and accuracy over the training: batches as lines in bands, the test set as dots."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from explorer.export.figures.drawing import About, content_of, styled
from explorer.export.figures.heading import shown
from explorer.export.figures.lettering import LINE, fitted
from explorer.export.figures.maps import UNDER
from explorer.export.figures.sheet import COLUMN, MARGIN, PAGE, Sheet
from explorer.runs.decimate import Window, trace
from explorer.runs.history import History
from explorer.runs.series import Series

COLOURS: Final = (*("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31"),)
"""A run's colour: of Okabe and Ito's palette, but for the last, which has no yellow on white."""
TALL: Final = 1.7
"""How tall a panel is, in inches."""
LEFT: Final = 0.42
"""Left of a panel: its numbers, and what they are."""
GAP: Final = 0.06
"""Below the numbers of the axes."""
SEPARATE: Final = 60
"""The most evaluations whose dots have a rim: more would hide one another."""
FINE: Final = 300
"""Columns to which a panel's steps are reduced: 100 to an inch."""
_LEAST: Final = 1e-6
"""The lowest loss that a logarithmic axis shows, as on the screen."""

Runs = Sequence[tuple[str, History]]
"""Names, and what was read."""


class _Panel(NamedTuple):
    """One number over the training."""

    name: str
    """Its series in `History.train` and `History.test`."""
    label: str
    """What stands beside its axis."""
    scale: float
    """What its values are multiplied by."""


_PANELS: Final = (_Panel("loss", "loss (nats)", 1.0), _Panel("accuracy", "accuracy (%)", 100.0))


def draw_curves(runs: Runs, over: str, factor: float, kind: str, *, titled: bool) -> bytes:
    """Draw the curves.

    Args:
        runs: at most as many as there are colours, each with a step.
        over: what lies to the right: steps, epochs or seconds.
        factor: of the smoothing; 0: the line is the mean of a column of batches.
        kind: svg, pdf or png.
        titled: whether the figure says what it shows. Its metadata always do.
    """
    names = [shown(name) for name, _ in runs]
    said = [*names, _meaning(runs, over, factor), "dots: the test set"]
    words = ["gatescope", "export", names[0], "curves", *_options(names[1:], over, factor), "--format", kind]
    facts = {"run": ", ".join(names), "step": ", ".join(str(history.steps_done) for _, history in runs)}
    about = About(
        f"curves: {', '.join(said)}", shlex.join([*words, *([] if titled else ["--no-title"])]), facts
    )
    with styled("".join(said)):
        sheet = Sheet((said[:1] if len(runs) == 1 else []) if titled else None, said[-2:])
        wide = (PAGE - 2 * (LEFT + MARGIN)) / 2
        below = UNDER + LINE * (len(runs) if len(runs) > 1 else 0) + GAP
        sheet.open(PAGE, TALL + below)
        for number, panel in enumerate(_PANELS):
            axes = sheet.axes(LEFT + number * (wide + LEFT + MARGIN), 0.0, wide, TALL)
            _draw_panel(axes, panel, runs, over, factor)
        for number, name in enumerate(names if len(runs) > 1 else []):
            top = TALL + UNDER + GAP + number * LINE
            sheet.text(LEFT, top, fitted(f"━ {name}", COLUMN), color=COLOURS[number])
        return content_of(sheet, kind, about)


def _draw_panel(axes: Axes, panel: _Panel, runs: Runs, over: str, factor: float) -> None:
    """Draw one number of all runs, on the same axes."""
    edge = max(_places(history, over, [history.steps_done])[0] for _, history in runs) or 1.0
    window = Window(0.0, edge, FINE)
    for number, (_, history) in enumerate(runs):
        colour, series, tested = COLOURS[number], history.train[panel.name], history.test[panel.name]
        xs = _places(history, over, series.steps)
        middles, lows, means, highs = _columns(series, xs, window, panel.scale)
        line = (middles, means)
        if factor:
            line = trace(series.smoothed(factor), xs, window)
            line = (line[0], [panel.scale * value for value in line[1]])
        axes.fill_between(
            middles, lows, highs, color=colour, alpha=0.2 if len(runs) == 1 else 0.08, linewidth=0
        )
        axes.plot(*line, color=colour, linewidth=0.8, solid_joinstyle="round")
        dots = _places(history, over, tested.steps)
        size, edged = (3.0, 0.4) if len(dots) <= SEPARATE else (1.2, 0.0)
        look: dict[str, Any] = {"markersize": size, "markeredgecolor": "white", "markeredgewidth": edged}
        values = [panel.scale * value for value in tested.values]
        axes.plot(dots, values, "o", color=colour, clip_on=False, zorder=3, **look)
    axes.set_xlim(0, edge)
    axes.set_xlabel({"seconds": "seconds of training"}.get(over, over.removesuffix("s")))
    axes.set_ylabel(panel.label)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter("{x:,.10g}")
    if panel.name == "loss":
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, _LEAST), high)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())


def _columns(
    series: Series, xs: Sequence[float], window: Window, scale: float
) -> tuple[list[float], list[float], list[float], list[float]]:
    """The middle of each column, and the lowest, mean and highest of its batches; NaN if none is finite."""
    middles, lows, means, highs = list[float](), list[float](), list[float](), list[float]()
    for column, first, end in window.stretches(xs):
        found = series.extremes(first, end)
        middles.append(xs[first] if end - first == 1 else (column + 0.5) * window.per_column)
        for values, value in zip(
            (lows, means, highs),
            (found.lowest, found.mean, found.highest) if found else (math.nan,) * 3,
            strict=True,
        ):
            values.append(scale * value)
    return middles, lows, means, highs


def _places(history: History, over: str, steps: Sequence[float]) -> Sequence[float]:
    """Where steps are on the axis."""
    match over:
        case "epochs":
            per_epoch = history.started.steps_per_epoch if history.started else 0
            return [step / max(per_epoch, 1) for step in steps]
        case "seconds":
            return history.seconds_at(steps)
    return steps


def _meaning(runs: Runs, over: str, factor: float) -> str:
    """What the lines are."""
    if factor:
        return f"lines: batches, smoothed by {factor:g}"
    edge = max(_places(history, over, [history.steps_done])[0] for _, history in runs)
    fullest = max(len(history.train.steps) * edge / FINE / _places(history, over, [history.steps_done])[0]
                  for _, history in runs if edge)  # fmt: skip
    return "lines: batches" if fullest <= 1 else f"lines: means of about {fullest:,.0f} batches"


def _options(others: Sequence[str], over: str, factor: float) -> list[str]:
    """The options that make the figure again."""
    words = [word for name in others for word in ("--with", name)]
    words += ["--over", over] if over != "steps" else []
    return words + (["--smooth", f"{factor:g}"] if factor else [])
