"""Loss and accuracy over the steps, drawn with plotext.

plotext takes 70 ms to import and some 10 ms to draw, and has one figure for the whole process; so it
is imported on first use, and only follower threads call `draw`, one at a time: while another run is
opened, there are two of them.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import ModuleType
from typing import Any, Literal

from rich.style import Style
from textual.strip import Strip

from explorer.runs.history import History
from explorer.runs.series import Series
from explorer.ui.views.decimate import Points, horizon, reduce
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.palette import Rgb, hex_of

_SGR = re.compile(r"\x1b\[([\d;]*)m|([^\x1b\n]+)|(\n)")
_FOREGROUND = re.compile(r"38;2;(\d+);(\d+);(\d+)")
_LOSS_TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
_GAP = 2
_figure = Lock()
"""Held while plotext draws."""


@dataclass(frozen=True)
class Ink:
    """The colours of a plot."""

    axis: Rgb
    """Axes, ticks and the legend's text."""
    band: Rgb
    """From the lowest to the highest batch of a column."""
    train: Rgb
    """The mean batch of a column."""
    test: Rgb
    """The whole test set, after each epoch."""


@dataclass(frozen=True)
class Canvas:
    """What the curves are drawn on."""

    width: int
    """Columns, at least 20."""
    height: int
    """Lines, at least 5."""
    ink: Ink
    """The colours."""


@dataclass(frozen=True)
class Curves:
    """What one plot shows, in its own units."""

    edge: int
    """The step at the right edge."""
    band: Points
    mean: Points
    test: Points


@dataclass(frozen=True)
class Rulers:
    """The vertical axis."""

    limits: tuple[float, float]
    ticks: list[float]
    labels: list[str]


def draw(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """Both plots side by side, `height` lines of `width` cells; loss on a log scale.

    Args:
        history: the run's four series.
        width: below 48, only the loss is drawn; below 20, nothing.
        height: below 5, nothing is drawn.
        ink: the colours.
    """
    if width < 20 or height < 5:
        return []
    left = (width - _GAP) // 2
    with _figure:
        if width < 48:
            return _loss(history, width, height, ink)
        loss = _loss(history, left, height, ink)
        accuracy = _accuracy(history, width - _GAP - left, height, ink)
    gap = Strip.blank(_GAP)
    return [Strip.join([one, gap, other]) for one, other in zip(loss, accuracy, strict=True)]


def _loss(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """The loss; every factor of ten has the same height."""
    curves = _curves(history.train_loss, history.test_loss, history, width, _log)
    values = [y for _, ys in (curves.band, curves.test) for y in ys] or [-1.0, 0.5]
    low, high = math.floor(min(values) * 2) / 2, math.ceil((max(values) + 0.01) * 2) / 2
    ticks = [tick for tick in map(math.log10, _LOSS_TICKS) if low <= tick <= high]
    if len(ticks) < 2:
        ticks = [low, high]
    rulers = Rulers((low, high), ticks, [f"{10**tick:.2g}" for tick in ticks])
    return _plot("loss (log)", curves, rulers, (width, height), ink, corner="top")


def _accuracy(history: History, width: int, height: int, ink: Ink) -> list[Strip]:
    """The accuracy in percent; the axis starts below where the run has been for some time."""
    curves = _curves(history.train_accuracy, history.test_accuracy, history, width, _percent)
    newest = sorted(curves.band[1][len(curves.band[1]) // 4 :] + curves.test[1])
    low = min(90, 10 * math.floor(newest[len(newest) // 20] / 10)) if newest else 0
    ticks = [float(tick) for tick in range(low, 101, 5 if low >= 80 else 10 if low >= 50 else 20)]
    rulers = Rulers((low, 100), ticks, [f"{tick:.0f}" for tick in ticks])
    return _plot("accuracy %", curves, rulers, (width, height), ink, corner="bottom")


def _log(loss: float) -> float:
    """A loss on the log scale, limited to 1e-6..1e38: float32 goes no further."""
    return math.log10(min(max(loss, 1e-6), 1e38))


def _percent(share: float) -> float:
    """A share in percent, kept inside the axis: plotext draws every pixel of a line that leaves it."""
    return 100 * min(max(share, 0.0), 1.0)


def _curves(
    train: Series, test: Series, history: History, width: int, value: Callable[[float], float]
) -> Curves:
    """Both series, each value converted, and `train` reduced to the plot's columns (less the axis)."""
    edge = horizon(history.steps_done, history.total_steps)
    reduced = reduce(train, max(1, width - 6), edge)
    band, mean = ((xs, [value(y) for y in ys]) for xs, ys in reduced)
    points = [(x, value(y)) for x, y in zip(test.steps, test.values, strict=True) if not math.isnan(y)]
    return Curves(edge, band, mean, ([x for x, _ in points], [y for _, y in points]))


def _plot(
    title: str,
    curves: Curves,
    rulers: Rulers,
    size: tuple[int, int],
    ink: Ink,
    corner: Literal["top", "bottom"],
) -> list[Strip]:
    """One plot with axes, ticks and a legend in the top or bottom right corner, as strips."""
    plotext = _plotext()
    axis_pixel = plotext.pixel(ink.axis)
    figure: Any = plotext.figure
    plotext.terminal.limit(False, False)  # the widget's size counts, not the terminal's
    figure.clear()
    figure.plot_size(*size)
    figure.canvas("default")
    figure.title(title)
    for axis, side in (("x", "upper"), ("y", "right")):
        figure.axes(False, axis=axis, side=side)
    for axis, side in (("x", "lower"), ("y", "left")):
        figure.axes(True, pixel=axis_pixel, axis=axis, side=side)
        figure.ruler(axis, 0).pixel(axis_pixel)
    figure.ruler("x", 0).lim(0, curves.edge)
    figure.ruler("x", 0).ticks(*_step_ticks(curves.edge, size[0]))
    figure.ruler("y", 0).lim(*rulers.limits)
    figure.ruler("y", 0).ticks(rulers.ticks, rulers.labels)
    _draw(plotext, curves.band, "braille", ink.band)
    _draw(plotext, curves.mean, "braille", ink.train, label="train")
    _draw(plotext, curves.test, "●", ink.test, label="test")
    y = rulers.limits[1] if corner == "top" else rulers.limits[0]
    figure.legend(True, x=curves.edge, y=y, ha="right", va=corner, relative=True, pixel=axis_pixel)
    return _strips(figure.build().string(), size[0])


@cache
def _plotext() -> Any:
    """plotext, without the documentation that it generates when imported: 0.19 of 0.27 s, and 3 MB."""
    documentation = ModuleType("plotext._doc.doc")
    documentation.__getattr__ = lambda _: None  # type: ignore[method-assign]
    sys.modules.setdefault(documentation.__name__, documentation)
    import plotext

    return plotext


def _draw(plotext: Any, points: Points, marker: str, colour: Rgb, label: str = "") -> None:
    """Add one curve to the figure; its label is in the legend even before its first point."""
    signal = plotext.figure.signal(*points, marker=plotext.marker(marker).fill(colour))
    if label:
        signal.label(label)
    if marker == "braille":
        signal.lines()
        signal.density("full")
    plotext.figure.draw(signal)


def _step_ticks(edge: int, width: int) -> tuple[list[float], list[str]]:
    """Round steps along the axis, about one every 10 columns."""
    rough = edge / max(1, width // 10)
    power = 10.0 ** math.floor(math.log10(max(rough, 1)))
    gap = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    ticks = [gap * number for number in range(int(edge / gap) + 1)]
    return ticks, [_short(tick) for tick in ticks]


def _short(step: float) -> str:
    """`800`, `1.2k`, `3M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if step >= size:
            return f"{step / size:.3g}{letter}"
    return f"{step:.0f}"


def _strips(text: str, width: int) -> list[Strip]:
    """Strips from plotext's text, without its backgrounds: the widget has its own."""
    lines = [Line()]
    style = PLAIN
    for codes, characters, newline in _SGR.findall(text):
        if newline:
            lines.append(Line())
        elif characters:
            lines[-1].add(characters, style)
        else:
            colour = _FOREGROUND.search(codes)
            if colour:
                red, green, blue = (int(number) for number in colour.groups())
                style = Style(color=hex_of((red, green, blue)))
            elif codes in ("", "0"):
                style = PLAIN
    return [line.strip(width) for line in lines if line.width]
