"""Equations in the letters of the code, as mathematics."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from explorer.export.figures.lettering import SIZE, width_of

_WORDS: Final = {
    "⊙": r"\odot ",
    "·": r"\odot ",
    "−": "-",
    "tanh": r"\mathrm{tanh}",
    "σ": r"\sigma",
    "×": r"\times ",
}
"""What isn't written as mathtext writes it."""
_PARSER: Final = MathTextParser("path")


def mathematical(text: str) -> str:
    """An equation or a name as mathtext between dollars, or as it is where that can't be: `$W_{hh}$`.

    Args:
        text: in the letters of the code: `n  = tanh(W_in x_t + b_in)`.
    """
    found = re.sub(r"_(\w+)", r"_{\1}", " ".join(text.split()))
    found = re.sub(r"(?<=[\w}]) (?=\w)", r"\\,", found)
    for word, sign in _WORDS.items():
        found = found.replace(word, sign)
    if not text or re.search(r"[$%#&]", text):
        return text
    try:
        width_of_formula(f"${found}$")
    except ValueError:
        return text
    return f"${found}$"


def width_of_formula(text: str) -> float:
    """How wide a line of `mathematical` is, in inches."""
    if "$" not in text:
        return width_of(text)
    return _width(text, tuple(rcParams["font.family"])) / 72


def write(
    axes: Axes, x: float, y: float, text: str, colour: str, *, align: str = "left", **style: Any
) -> None:
    """Write a line whose middle is at the height `y`."""
    look: dict[str, Any] = {"ha": align, "va": "center_baseline", "color": colour, "parse_math": True} | style
    axes.text(x, y, text, **look)


@lru_cache(1 << 10)
def _width(text: str, families: tuple[str, ...]) -> float:
    """How wide mathtext makes it in fonts of these families, in points.

    Raises:
        ValueError: it isn't mathtext.
    """
    return float(_PARSER.parse(text, 72, FontProperties(family=list(families), size=SIZE)).width)
