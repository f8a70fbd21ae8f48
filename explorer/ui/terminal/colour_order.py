"""The order in which the cells of a heatmap's line take the fewest bytes: like colours one after the other.

From left to right, nearly every cell needs one new colour or two, 16 to 36 bytes in truecolor, where moving
the cursor takes 4. A cell of two pixels can be drawn as `▀` and, with its colours swapped, as `▄`. So the
pairs of colours in a line are the edges of a graph, and from an edge to the next that shares a colour with it
a terminal needs one new colour, whichever of the two it has as its foreground.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from explorer.ui.terminal.pens import Pen

_Pair = tuple[str, str]
"""Two colours without the parameter that says where: `2;r;g;b`, in alphabetical order."""


@cache
def colours_of(pen: Pen) -> _Pair | None:
    """The colours of the two pixels of a half-block; of a space, both are those of its background.

    None where the pen has attributes, or a colour that can't be swapped: one of the terminal's own 16.
    """
    lower, upper = pen.background[3:], pen.background[3:]
    if pen.foreground is not None:
        upper = pen.foreground[3:] if pen.foreground.startswith("38") else ""
    if pen.attributes or not (pen.background.startswith("48") and upper):
        return None
    return (upper, lower) if upper < lower else (lower, upper)


def in_colour_order(columns: Sequence[int], characters: Sequence[str], pens: Sequence[Pen]) -> list[int]:
    """Columns of a line: first what is no half-block, then half-blocks and spaces by their colours.

    Args:
        columns: ascending.
        characters: those of the whole line, a cell each.
        pens: theirs.
    """
    order: list[int] = []
    pairs: dict[_Pair, list[int]] = {}
    spaces: dict[str, list[int]] = {}
    beside: dict[str, dict[_Pair, None]] = {}
    for x in columns:
        pair = colours_of(pens[x]) if characters[x] in " ▀▄" else None
        if pair is None:
            order.append(x)
        elif characters[x] == " ":
            spaces.setdefault(pair[1], []).append(x)
        elif pair in pairs:
            pairs[pair].append(x)
        else:
            pairs[pair] = [x]
            for colour in pair:
                beside.setdefault(colour, {})[pair] = None
    fore = back = ""
    while pairs:
        # The colour with fewer pairs left is done with first: else they would be jumped to at the end.
        ahead = [(len(beside[one]), one) for one in (back, fore) if beside.get(one)]
        pair = next(iter(beside[min(ahead)[1]] if ahead else pairs))
        cells = pairs.pop(pair)
        order += cells
        for colour in {*pair}:
            del beside[colour][pair]
        if fore in pair:
            back = pair[pair[0] == fore]
        elif back in pair:
            fore = pair[pair[0] == back]
        else:
            fore, back = pair if pens[cells[0]].background[3:] == pair[1] else pair[::-1]
        order += spaces.pop(back, ())
    for rest in spaces.values():
        order += rest
    return order
