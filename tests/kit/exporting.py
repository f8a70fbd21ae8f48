"""Exporting a graph with fewer words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.export.command import export_graph
from explorer.export.wanted import Wanted
from explorer.runs.folder import RunFolder


def export_run(
    folder: RunFolder,
    span: str,
    kind: str | None,
    output: Path | None,
    force: bool,
    titled: bool,
    report: Callable[[str], None],
) -> None:
    """Draw a run's graph into a file."""
    export_graph(folder, "graph", Wanted(kind, output, force, report, titled=titled, options={"span": span}))
