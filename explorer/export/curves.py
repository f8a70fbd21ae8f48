"""From one run or several to a figure of their loss and accuracy; it reads events alone."""

from __future__ import annotations

from explorer.export.names import find_target
from explorer.export.smooth import parse_smoothing
from explorer.export.wanted import Wanted
from explorer.export.write import write_export, written
from explorer.protocol.exports import EXPORTS
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.system.errors import UsageError
from explorer.system.text import human

MOST_RUNS = 8
"""The most runs of one figure: as many colours can be told apart."""
AXES = ("steps", "epochs", "seconds")
"""What may lie to the right."""


def export_curves(folder: RunFolder, what: str, wanted: Wanted) -> None:
    """Draw the curves of one run or several into a file.

    Raises:
        UsageError: too many runs, the run itself beside it, one without steps, an axis or a smoothing that
            there isn't, an unknown format, a file whose name contradicts it, one that exists already, or one
            in no folder.
        GatescopeError: a run can't be read, or the file can't be written.
    """
    others = {one.path.resolve(): one for one in wanted.others}
    if same := others.get(folder.path.resolve()):
        raise UsageError(f"--with {same.name}: that is the run itself")
    folders = [folder, *others.values()]
    if len(folders) > MOST_RUNS:
        raise UsageError(f"--with: a figure has up to {MOST_RUNS} runs, not {len(folders)}")
    over = str(wanted.options.get("over", AXES[0]))
    if over not in AXES:
        raise UsageError(f"--over takes {', '.join(AXES)}, not {over!r}")
    factor = parse_smoothing(str(wanted.options.get("smooth", "off")))
    for one in folders:
        one.read()  # a run of another version is refused
    target, kind = find_target(folder, wanted, what, EXPORTS[what].formats)
    wanted.report("reading the events")
    runs = [(one.name, read_history(one.events)) for one in folders]
    for name, history in runs:
        if not history.train.steps:
            raise UsageError(f"run {name} has no steps yet; there is nothing to draw")
    wanted.report("drawing")
    from explorer.export.figures.curves import draw_curves

    content = draw_curves(runs, over, factor, kind, titled=wanted.titled)
    write_export(target, content, overwrite=wanted.force, private=wanted.output is None)
    wanted.report(f"{written(target)} ({human(len(content))})")
