"""A model's autograd graph as a file: traced, drawn, laid out, written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from explorer.export.graph.dot import draw_graph
from explorer.export.graph.graphviz import render
from explorer.export.graph.span import Span
from explorer.export.names import check_output, parse_format
from explorer.export.write import write_export
from models.classifier import SequenceClassifier


class Exported(NamedTuple):
    """A picture that was written."""

    path: Path
    """The file, or `STANDARD_OUTPUT`."""
    size: int
    """The file's bytes."""
    nodes: int
    """How many nodes the graph has."""


def export_graph(
    model: SequenceClassifier,
    span: Span,
    format: str,
    output: Path,
    *,
    title: str | None = "",
    overwrite: bool = False,
    private: bool = False,
    report: Callable[[str], None] = lambda phrase: None,
) -> Exported:
    """Draw a model's graph into a file, whole or not at all, or to standard output.

    Args:
        model: of any registered cell; it is not changed.
        span: how much of the graph.
        format: png, svg, pdf or dot.
        output: the file; its folder is created if it doesn't exist. Or `STANDARD_OUTPUT`.
        title: comes first in the heading: the run's name, for instance; None: no heading.
        overwrite: whether to replace an existing file.
        private: whether the file is private to its owner, like everything in a run's folder.
        report: called with each phase, in a few words.

    Raises:
        UsageError: no such format, a name that contradicts it, or a file that exists already.
        GatescopeError: the file can't be written, or Graphviz failed.
    """
    kind = parse_format(format)
    check_output(output, kind, overwrite=overwrite)
    report("tracing")
    graph = draw_graph(model, span, title)
    if kind != "dot":
        report(f"laying out {graph.nodes} nodes")
    picture = render(graph.source, kind)
    report("writing")
    write_export(output, picture, overwrite=overwrite, private=private)
    return Exported(output, len(picture), graph.nodes)
