"""From a model to the DOT source of its autograd graph: torchviz's drawing, with the cell shown in it.

torchviz's colours keep their meaning: grey an operation, light blue a leaf that requires a gradient, orange
a saved tensor, green an output. Added are the inputs, for which autograd has no nodes, the names and colours
of the cell's activations, a bold path of the memory and, over several timesteps, the timesteps one below the
other: time runs downward.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from torchviz import make_dot

from explorer.export.graph import style
from explorer.export.graph.anatomy import Anatomy, dissect
from explorer.export.graph.span import Span
from explorer.export.graph.trace import trace_model
from models.classifier import SequenceClassifier

DEPTH: Final = 10_000
"""Python's recursion limit while torchviz walks a graph."""
_STATEMENT = re.compile(r"\t(\d+)(?: -> (\d+))?(.*)\n", re.DOTALL)


class Graph(NamedTuple):
    """A graph for Graphviz."""

    source: str
    """DOT. The same cell, sizes, span and title give the same text."""
    nodes: int
    """How many nodes it has."""


def draw_graph(model: SequenceClassifier, span: Span, title: str | None = "") -> Graph:
    """The autograd graph of a model.

    Args:
        model: of any registered cell, on any device; it is not changed.
        span: how much of it.
        title: comes first in the heading: the run's name, for instance; may be empty. None: no heading.
    """
    traced = trace_model(model, span)
    anatomy = dissect(traced)
    with deep_recursion():
        drawing = make_dot(traced.outputs, params=traced.names)
    fills = style.fills(traced.layer)
    for node, activation in anatomy.activations.items():
        operation = type(anatomy.functions[node]).__name__
        drawing.node(node, "\n".join([*activation.lines, operation]), fillcolor=fills[activation.name])
    for name, (node, reader) in anatomy.inputs.items():
        drawing.node(node, f"{name}\n(1, {traced.layer.input_size})", fillcolor=style.INPUT)
        drawing.edge(node, reader)
    numbers = _rewrite(drawing, anatomy)
    for column in anatomy.columns:  # an invisible chain on one rank keeps the timesteps in order
        chain = " -> ".join(numbers[node] for node in column)
        drawing.body.append(f"\t{{ rank=same {chain} [style=invis] }}\n")
    drawing.graph_attr.clear()  # torchviz's limit on the drawing's size would shrink the text
    drawing.graph_attr.update(style.GRAPH, rankdir="TB" if traced.before else "LR")
    drawing.graph_attr["label"] = style.caption(traced, span, title)
    drawing.node_attr.clear()
    drawing.node_attr.update(style.NODE)
    drawing.edge_attr.update(style.EDGE)
    return Graph(drawing.source, len(numbers))


def _rewrite(drawing: Any, anatomy: Anatomy) -> dict[str, str]:
    """Rewrite torchviz's statements: attributes for the edges, numbers for the nodes.

    torchviz names a node by its address in memory: an SVG would show that as a tooltip, and every file
    would be different. It also indents the line of a tensor's shape, which would stand off centre.

    Returns:
        The new name of each node.
    """
    numbers: dict[str, str] = {}

    def number(node: str) -> str:
        return numbers.setdefault(node, f"n{len(numbers) + 1}")

    styles = {style.INNER: anatomy.inner, style.RECURRENT: anatomy.recurrent, style.MEMORY: anatomy.memory}
    for index, statement in enumerate(drawing.body):
        if found := _STATEMENT.fullmatch(statement):
            tail, head, rest = found.groups()
            if head is None:
                rest = rest.replace("\n ", "\n")
                drawing.body[index] = f"\t{number(tail)}{rest}\n"
            else:
                chosen = " ".join(attributes for attributes, edges in styles.items() if (tail, head) in edges)
                rest += f" [{chosen}]" if chosen else ""
                drawing.body[index] = f"\t{number(tail)} -> {number(head)}{rest}\n"
    return numbers


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow Python to recurse deeper for a while: torchviz calls itself for every node on a path.

    A GRU's 28 timesteps take 215 calls, an LSTM's 160; Python allows 1000 by default, including those of the
    caller.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
