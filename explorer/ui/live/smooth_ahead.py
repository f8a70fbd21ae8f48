"""Smooths what a key may ask for next, while nothing else is to be done."""

from __future__ import annotations

from typing import Final

from explorer.runs.history import History
from explorer.runs.smoothing import SMOOTHING
from explorer.ui.views.curve_panels import PANELS
from explorer.ui.views.look import Look

AT_ONCE: Final = 64
"""How many blocks are smoothed before anyone may ask for a drawing: they take 2 ms."""


def smooth_ahead(history: History, look: Look) -> bool:
    """Smooth a little of the lines that are shown, by each factor that a key chooses, and by that of `look`.

    Returns:
        Whether there is more to do.
    """
    factors = {*SMOOTHING.values(), look.factor} - {0.0}
    lines = (series for name in look.lines for _, series in PANELS[name].lines(history))
    return any(series.prepare(factor, AT_ONCE) for series in lines for factor in factors)
