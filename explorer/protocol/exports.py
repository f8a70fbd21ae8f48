"""What can be taken away from a run: one line each, for the command line.

A row names the function that writes it, by its dotted path, so that whoever reads the table imports neither
torch nor Graphviz. Every probe's answer can be taken away as data: `PROBES` needs no line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.protocol.probes import PROBES

PICTURES: Final = ("png", "svg", "pdf", "dot")
"""The formats of the graph; `dot` is Graphviz's own source."""
DATA: Final = ("json", "csv", "npz")
"""The formats of an answer: nested lists, one number a line, numpy's own."""


class ExportRow(NamedTuple):
    """One thing to take away."""

    title: str
    """What it is, in a few words."""
    formats: tuple[str, ...]
    """Its formats, the default first."""
    options: tuple[str, ...]
    """The options of the command line that belong to it, besides those that belong to all."""
    path: str
    """`module:function`, called with the run's folder, the row's name, and a `Wanted`."""


EXPORTS: Final[Mapping[str, ExportRow]] = {
    "graph": ExportRow(
        "the autograd graph, as torchviz draws it",
        PICTURES,
        ("span", "no_title"),
        "explorer.export.command:export_graph",
    ),
    **{
        name: ExportRow(row.title, DATA, ("sample",), "explorer.export.answer:export_answer")
        for name, row in PROBES.items()
    },
}
"""The exports by name."""
