"""How a graph looks: colours, fonts, and the caption with its legend."""

from __future__ import annotations

import html
from typing import Any, Final

from explorer.drawing.colours import colours_of
from explorer.export.fonts import FAMILIES
from explorer.export.graph.span import Span
from explorer.export.graph.trace import Traced
from explorer.runs.holds import name_cell
from models.layer import RecurrentLayer

INPUT: Final = "white"
"""Fill of an input."""
GRAPH: Final = {"labelloc": "t", "fontname": FAMILIES, "pad": "0.3", "ranksep": "0.35"}
"""Graphviz's attributes of every graph."""
NODE: Final = {"shape": "box", "style": "filled", "fontname": FAMILIES, "fontsize": "11", "height": "0.3"}
"""Of every node."""
EDGE: Final = {"arrowsize": "0.8"}
"""Of every edge."""
INNER: Final = "weight=20"
"""Edges inside a timestep: straight, rather than those to the parameters that all timesteps share."""
BLUE: Final = "#2F5D9B"
"""The colour of edges between timesteps."""
RECURRENT: Final = f'constraint=false color="{BLUE}"'
"""Edges from one timestep to the next. If these were constraints, the timesteps would be one behind the
other, with edges from the parameters across hundreds of ranks: 181 s to lay out an LSTM's 28 timesteps, not
0.3 s."""
MEMORY: Final = "penwidth=3"
"""Edges on the memory's path."""


def fills(layer: RecurrentLayer[Any]) -> dict[str, str]:
    """The fill of each of the layer's activations, in the layer's order."""
    names = [activation.name for activation in layer.activations]
    return {name: colour.fill for name, colour in colours_of(names, layer.state_fields).items()}


def caption(traced: Traced, span: Span, title: str | None) -> str:
    """What is drawn, and what the colours mean, as one of Graphviz's HTML-like labels.

    Without a title, only what the colours mean.
    """
    layer, timesteps = traced.layer, len(traced.steps)
    leaf = "parameter or state" if traced.before else "parameter"
    legend = [("lightgrey", "operation"), (INPUT, "input"), ("lightblue", leaf)]
    legend.append(("darkolivegreen1", "output"))
    legend += [(fill, html.escape(name)) for name, fill in fills(layer).items()]
    cells = [(f' border="1" bgcolor="{fill}"', "black", text) for fill, text in legend]
    if traced.before or timesteps > 1:
        cells.append(("", "black", f"bold: the path of {html.escape(layer.state_fields[-1])}"))
    if timesteps > 1:
        cells.append(("", BLUE, "blue: from timestep to timestep"))
    size = 14 + timesteps  # points: a longer picture is viewed from further away
    heading = "" if title is None else _heading(layer, span, title, size, len(cells))
    return (
        f'<<table border="0" cellspacing="6" cellpadding="4">{heading}<tr>'
        + "".join(
            f'<td{fill}><font point-size="{size * 3 // 4}" color="{colour}">{text}</font></td>'
            for fill, colour, text in cells
        )
        + "</tr></table>>"
    )


def _heading(layer: RecurrentLayer[Any], span: Span, title: str, size: int, columns: int) -> str:
    """The line that says what is drawn, as a row of the caption's table."""
    title = "".join(char if char.isprintable() else "?" for char in title)  # control characters break an SVG
    text = f"{name_cell(type(layer).__name__, layer.held)} · {layer.hidden_size} hidden units · {span.title}"
    text = html.escape(f"{title} · {text}" if title else text)
    return f'<tr><td colspan="{columns}"><font point-size="{size}">{text}</font></td></tr>'
