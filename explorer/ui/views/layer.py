"""One curve as text, drawn by plotext.

plotext takes 70 ms to import, and has one figure for the whole process; so it is imported on first use, and
draws for one thread at a time: while another run is opened, there are two followers.
"""

from __future__ import annotations

import math
import re
import sys
from functools import cache
from itertools import groupby
from threading import Lock
from types import ModuleType
from typing import Any

from explorer.runs.decimate import Points

_SGR = re.compile(r"\x1b\[[\d;]*m")
_figure = Lock()
"""Held while plotext draws."""


def layer(
    points: Points,
    marker: str,
    limits: tuple[tuple[float, float], tuple[float, float]],
    size: tuple[int, int],
) -> list[str]:
    """One curve without axes, as lines of exactly this size, with a space wherever there is nothing.

    Args:
        points: at least one; a NaN among the values interrupts the line.
        marker: "braille" for a line through the points; any other character for the points alone.
        limits: x at the left and the right edge; y in the middle of the lowest and of the highest line.
        size: columns and lines, each at least 1.
    """
    with _figure:
        plotext = _plotext()
        figure: Any = plotext.figure
        plotext.terminal.limit(False, False)  # the widget's size counts, not the terminal's
        figure.clear()
        figure.plot_size(*size)
        figure.legend(False)
        for axis, sides in (("x", ("lower", "upper")), ("y", ("left", "right"))):
            for side in sides:
                figure.axes(False, axis=axis, side=side)
            figure.ruler(axis, 0).ticks([], [])
        figure.ruler("x", 0).lim(*limits[0]).alignment("edge")
        figure.ruler("y", 0).lim(*limits[1])
        for part in _parts(points):
            signal = figure.signal(*part, marker=marker)
            if marker == "braille":
                signal.lines()
                signal.density("full")
            figure.draw(signal)
        text: str = figure.build().string()
    return _SGR.sub("", text).replace("⠀", " ").splitlines()


def _parts(points: Points) -> list[Points]:
    """A line that is interrupted, in its parts: plotext needs more memory than there is for a NaN."""
    parts: list[Points] = []
    for hole, part in groupby(zip(*points, strict=True), lambda point: math.isnan(point[1])):
        if not hole:
            xs, ys = zip(*part, strict=True)
            parts.append((list(xs), list(ys)))
    return parts


@cache
def _plotext() -> Any:
    """plotext, without the documentation that it generates when imported: 0.19 of 0.27 s, and 3 MB."""
    documentation = ModuleType("plotext._doc.doc")
    documentation.__getattr__ = lambda _: None  # type: ignore[method-assign]
    sys.modules.setdefault(documentation.__name__, documentation)
    import plotext

    return plotext
