"""From a run's folder to a picture of its model's graph."""

from __future__ import annotations

from explorer.engine.data.sources import shape_of
from explorer.export.graph.span import parse_span
from explorer.export.names import find_target
from explorer.export.wanted import Wanted
from explorer.export.write import written
from explorer.protocol.exports import PICTURES
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_start
from explorer.system.memory import naming
from explorer.system.text import human


def export_graph(folder: RunFolder, what: str, wanted: Wanted) -> None:
    """Draw a run's graph into a file.

    Raises:
        UsageError: an unknown span or format, a file whose name contradicts it, one that exists already, or
            one in no folder.
        GatescopeError: the run, its weights or Graphviz failed, or the file can't be written.
    """
    config = folder.read().config  # before anything is written: the run may be from another version
    started = read_start(folder.events)
    shape = started.shape if started else shape_of(config.dataset)
    span = parse_span(str(wanted.options.get("span", "step")), shape.timesteps)
    target, kind = find_target(folder, wanted, f"{what}-{span.name}", PICTURES)
    wanted.report("loading torch")
    from explorer.engine.record.checkpoints import newest_model
    from explorer.export import picture

    with naming("choose a smaller --span, or close some programs"):
        model, step = newest_model(folder, config, shape)
        done = picture.export_graph(
            model,
            span,
            kind,
            target,
            title=f"{folder.name}, step {step:,}" if wanted.titled else None,
            overwrite=wanted.force,
            private=wanted.output is None,
            report=wanted.report,
        )
    wanted.report(f"{written(done.path)} ({human(done.size)}, {done.nodes:,} nodes)")
