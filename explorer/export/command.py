"""From a run's folder to a picture of its model's graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.engine.data.sources import SOURCES
from explorer.export.graph.span import parse_span
from explorer.export.names import check_output, choose_format, complete, free_path, require_folder
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder
from explorer.runs.memory import naming
from explorer.runs.outputs import STANDARD_OUTPUT
from explorer.runs.reader import read_start
from explorer.runs.text import human


def export_run(
    folder: RunFolder,
    span: str,
    kind: str | None,
    output: Path | None,
    force: bool,
    titled: bool,
    report: Callable[[str], None],
) -> None:
    """Draw a run's graph into a file.

    Args:
        folder: the run, trained or not.
        span: `step`, a number of steps, or `whole`.
        kind: png, svg, pdf or dot; None: the ending of `output`, else png.
        output: the file, whose format's ending may be missing, or `STANDARD_OUTPUT`; None: a new one in the
            run's `exports/`.
        force: whether to replace an existing file.
        titled: whether the picture says which run, cell and timesteps it shows.
        report: called with a line for each phase; the last line has the file's path and size.

    Raises:
        UsageError: an unknown span or format, a file whose name contradicts it, one that exists already, or
            one in no folder.
        GatescopeError: the run, its weights or Graphviz failed, or the file can't be written.
    """
    config = folder.read().config  # before anything is written: the run may be from another version
    started = read_start(folder.events)
    shape = started.shape if started else SOURCES[config.dataset].shape
    portion = parse_span(span, shape.timesteps)
    chosen = choose_format(kind, output)
    target = (
        complete(output, chosen) if output else free_path(folder.exports, f"graph-{portion.name}", chosen)
    )
    check_output(target, chosen, overwrite=force)  # before torch: a mistake is reported at once
    if output is None:
        make_exports(folder)
    else:
        require_folder(target)
    report("loading torch")
    from explorer.engine.record.checkpoints import newest_model
    from explorer.export.write import export_graph

    with naming("choose a smaller --span, or close some programs"):
        model, step = newest_model(folder, config, shape)
        title = f"{folder.name}, step {step:,}" if titled else None
        done = export_graph(
            model,
            portion,
            chosen,
            target,
            title=title,
            overwrite=force,
            private=output is None,
            report=report,
        )
    place = "standard output" if target == STANDARD_OUTPUT else done.path
    report(f"{place} ({human(done.size)}, {done.nodes:,} nodes)")


def make_exports(folder: RunFolder) -> None:
    """Create the run's own folder of pictures, private to its owner.

    Raises:
        GatescopeError: it can't be created, or is a symbolic link.
    """
    try:
        folder.exports.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise GatescopeError(f"can't make the folder {folder.exports}: {error.strerror}") from None
    if folder.exports.is_symlink():
        raise GatescopeError(f"{folder.exports} is a symbolic link; name a file with --output")
