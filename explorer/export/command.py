"""`gatescope export`: from a run's folder to a picture of its graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.export.graph.span import parse_span
from explorer.export.names import check_output, choose_format, free_path
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder


def export_run(
    folder: RunFolder,
    span: str,
    kind: str | None,
    output: Path | None,
    force: bool,
    report: Callable[[str], None],
) -> None:
    """Draw a run's graph and say where it is.

    Args:
        folder: the run, trained or not.
        span: `step`, a number of steps, or `whole`.
        kind: png, svg, pdf or dot; None: as `output` ends.
        output: the file; None: a new one in the run's `exports/`.
        force: whether a file that is there is replaced.
        report: is told what happens; its last line is the file's path and size.

    Raises:
        UsageError: a span or a format that doesn't exist, or a file that is there already.
        GatescopeError: the run, its weights or Graphviz failed, or the file can't be written.
    """
    how_much = parse_span(span)
    known = choose_format(kind, output)
    target = output or free_path(folder.exports, f"graph-{how_much.name}", known)
    check_output(target, known, overwrite=force)  # before torch: a mistake is answered at once
    if output is None:
        make_exports(folder)
    report("loading torch")
    from explorer.engine.record.checkpoints import newest_model
    from explorer.export.write import export_graph

    model, step = newest_model(folder, folder.read().config)
    title = f"{folder.name}, step {step:,}"
    done = export_graph(
        model, how_much, known, target, title=title, overwrite=force, private=output is None, report=report
    )
    report(f"{done.path} ({human(done.size)}, {done.nodes:,} nodes)")


def make_exports(folder: RunFolder) -> None:
    """Make the run's own folder of pictures, for its owner alone.

    Raises:
        GatescopeError: it can't be made, or is a link to elsewhere.
    """
    try:
        folder.exports.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise GatescopeError(f"cannot make the folder {folder.exports}: {error.strerror}") from None
    if folder.exports.is_symlink():
        raise GatescopeError(f"{folder.exports} is a link to elsewhere; name a file with --output")


def human(size: int) -> str:
    """A file's size for a person: `812 bytes`, `34 KB`, `1.2 MB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} KB" if size < 1e6 else f"{size / 1e6:.1f} MB"
