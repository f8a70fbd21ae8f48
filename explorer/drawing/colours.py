"""The colour of each activation, the same in every picture: the graph's, the drawing's, the screen's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple


class Colour(NamedTuple):
    """One hue: to fill a box below black text, to draw a line on paper, to write on a dark screen."""

    fill: str
    line: str
    light: str


ACTIVATIONS: Final = (
    Colour("#F6C6D4", "#C2346B", "#FF86AE"),
    Colour("#FFE58A", "#A87800", "#FFD54F"),
    Colour("#D9C7F2", "#7B4CC0", "#B99BFF"),
    Colour("#9FE0D6", "#0F8A7B", "#4FD8C4"),
    Colour("#C9CCF7", "#4A53C4", "#9AA2FF"),
    Colour("#D6D68A", "#76761A", "#D6D660"),
)
"""Those of a cell's activations apart from its state, in its order. All fills are light enough for black
text in print, and none is near torchviz's own: lightgrey, lightblue, orange, darkolivegreen1."""
STATE: Final = (Colour("#F2A399", "#C03A2B", "#FF8A75"), Colour("#E5C9A5", "#8F5E23", "#E8B778"))
"""Those of the parts of its state: h has the same colour in every cell."""


def colours_of(activations: Sequence[str], state: Sequence[str]) -> dict[str, Colour]:
    """The colour of each activation, in their order.

    Args:
        activations: their names.
        state: the names of those that the next timestep gets, h first.
    """
    others = [name for name in activations if name not in state]
    colours = {name: ACTIVATIONS[index % len(ACTIVATIONS)] for index, name in enumerate(others)}
    colours |= {name: STATE[index % len(STATE)] for index, name in enumerate(state)}
    return {name: colours[name] for name in activations}
