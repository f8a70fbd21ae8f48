"""How numbers become colours: a scale for each kind of number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import FuncNorm, Normalize, PowerNorm
from numpy.typing import NDArray

from explorer.protocol.questions import Array

Numbers = NDArray[Any]
"""An array of float32, float64 or int64."""

_SEQUENTIAL, _DIVERGING, _INK, _SHARES = "inferno", "RdBu_r", "Greys", "GnBu"
"""Even steps for the eye, and distinct in every common form of colour blindness. As on the screen: night
blue to pale yellow, blue and red around 0, paper to ink, few to many."""
SQUASHED: Final = 3.0
"""The ends of a scale by tanh: beyond them it changes by less than half a percent."""
LEAST: Final = 1e-30
"""Numbers as small as that are taken for 0."""
_MISSING: Final = "#b5b5b5"
"""What isn't a number."""


class Scale(NamedTuple):
    """How numbers become colours."""

    colours: ScalarMappable
    """What is beyond its ends has their colours."""
    marks: tuple[float, ...]
    """The numbers that the colour bar names: from one end to the other."""


def numbers_of(array: Array) -> Numbers:
    """An answer's array as numpy's."""
    return np.frombuffer(array.data, array.dtype).reshape(array.shape)


def of_activation(values: Numbers, span: Literal["unit", "signed", "open"]) -> Scale:
    """The scale of an activation, by its range: sequential for 0..1, else diverging around 0.

    What has no bounds has the colour of its tanh, as on the screen: a memory, what h sees of it.
    """
    if span == "unit":
        return _scale(_SEQUENTIAL, Normalize(0, 1), (0, 0.5, 1))
    if span == "signed":
        return _scale(_DIVERGING, Normalize(-1, 1), (-1, 0, 1))
    squashed = FuncNorm((np.tanh, _unsquashed), -SQUASHED, SQUASHED)
    return _scale(_DIVERGING, squashed, (-SQUASHED, 0, SQUASHED))


def _unsquashed(values: Numbers) -> Numbers:
    """The numbers whose tanh these are; a colour bar asks for some beyond ±1, too."""
    nearly = float(np.nextafter(1.0, 0.0))
    found: Numbers = np.arctanh(np.clip(values, -nearly, nearly))
    return found


def of_gradient(values: Numbers) -> Scale:
    """The scale of a gradient, around 0, as far as nearly all of it goes."""
    reach = reach_of(values)
    return _scale(_DIVERGING, Normalize(-reach, reach), (-reach, 0, reach))


def of_sample(values: Numbers) -> Scale:
    """The scale of a sample: paper is 0, or the lowest number below it; ink is the highest."""
    if values.dtype == np.uint8:  # an image: the same for all of them
        return _scale(_INK, Normalize(0, 255), (0, 255))
    known = values[np.isfinite(values)]
    low, high = (min(0.0, float(known.min())), float(known.max())) if known.size else (0.0, 1.0)
    if high <= low:
        high = low + 1.0
    return _scale(_INK, Normalize(low, high), (low, high))


def of_shares() -> Scale:
    """The scale of shares of a whole: paper is 0."""
    return _scale(_SHARES, Normalize(0, 1), (0, 0.5, 1))


def of_rare_shares() -> Scale:
    """The same by their square roots: 1 % is visible beside 98 %."""
    return _scale(_SHARES, PowerNorm(0.5, 0, 1), (0, 0.01, 0.1, 1))


def reach_of(values: Numbers) -> float:
    """How far numbers go from 0, without the farthest 2 %, rounded up to 1, 2 or 5 times 10ⁿ.

    Scaled to the maximum, nearly all of a saliency would look like 0. The screen does the same.
    """
    known = np.sort(np.abs(values[np.isfinite(values)].ravel()).astype(float))
    reach = float(known[int(0.98 * (known.size - 1))]) if known.size else 1.0
    if reach < LEAST:
        return 1.0
    power = 10.0 ** math.floor(math.log10(reach))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= reach * (1 - 1e-6))


def _scale(colours: str, norm: Normalize, marks: Sequence[float]) -> Scale:
    """A scale with one of matplotlib's colour maps."""
    return Scale(ScalarMappable(norm, colormaps[colours].with_extremes(bad=_MISSING)), tuple(marks))
