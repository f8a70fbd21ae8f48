"""From a run to a drawing of its cell; without values on its wires, that needs no weights."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from explorer.drawing.colours import colours_of
from explorer.drawing.plan import Plan
from explorer.drawing.reading import read_values
from explorer.drawing.table import plan_of
from explorer.export.answer import ask, stem
from explorer.export.names import find_target
from explorer.export.wanted import Wanted
from explorer.export.write import write_export, written
from explorer.protocol.exports import EXPORTS
from explorer.protocol.questions import Answer, Question, Selection
from explorer.runs.folder import RunFolder
from explorer.runs.holds import check_names, name_cell
from explorer.runs.reader import read_start
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.text import human
from models.registry import CELLS


def export_cell(folder: RunFolder, what: str, wanted: Wanted) -> None:
    """Draw a run's cell into a file.

    Raises:
        UsageError: options of values without `--values`, a timestep or a unit that there isn't, an unknown
            format, a file whose name contradicts it, one that exists already, or one in no folder.
        GatescopeError: the run doesn't say what its cell computes, there are no values, or the file can't be
            written.
    """
    config = folder.read().config
    valued, selection = bool(wanted.options.get("values")), wanted.selection
    if not valued and (wanted.options or selection != Selection()):
        raise UsageError(
            "without --values, a drawing has no sample, timestep, unit, moment or change; add it"
        )
    check_names(selection.intervention.hold, CELLS[config.cell].activations)
    started = read_start(folder.events)
    plan = plan_of(config.cell, started.operations if started else [], started.equations if started else [])
    if plan is None:
        raise GatescopeError(
            f"{folder.name} doesn't say what its cell computes; an older gatescope trained it"
        )
    name = what
    if valued:
        place = "-".join(
            f"{key}-{wanted.options[key]}" for key in ("timestep", "unit") if key in wanted.options
        )
        name = "-".join(part for part in (what, stem(selection), place) if part)
    target, kind = find_target(folder, wanted, name, EXPORTS[what].formats)
    answer, values, weights = None, dict[str, float](), ""
    if valued:
        answer, weights = ask(folder, Question("activations"), selection, wanted.report)
        answer, values = _read(plan, answer, wanted.options)
    wanted.report("drawing")
    from explorer.export.figures.cell import draw_drawing
    from explorer.export.figures.heading import Source

    source = Source(folder.name, name_cell(config.cell.upper(), config.hold))
    colours = colours_of(CELLS[config.cell].activations, plan.state)
    content = draw_drawing(plan, colours, values, answer, source, kind, titled=wanted.titled)
    write_export(target, content, overwrite=wanted.force, private=wanted.output is None)
    wanted.report(f"{written(target)} ({', '.join(part for part in (human(len(content)), weights) if part)})")


def _read(plan: Plan, answer: Answer, options: Mapping[str, object]) -> tuple[Answer, dict[str, float]]:
    """The values on the wires; and the answer, with their timestep and their unit as its options.

    Raises:
        UsageError: there is no such timestep, or no such unit.
    """
    timesteps, units = next(one.shape for one in answer.arrays.values() if one.axes == ("timestep", "unit"))
    timestep, unit = options.get("timestep", timesteps), options.get("unit")
    assert isinstance(timestep, int)
    assert unit is None or isinstance(unit, int)
    if timestep > timesteps:
        raise UsageError(f"--timestep: there are {timesteps:,} timesteps, and no {timestep:,}")
    if unit is not None and unit >= units:
        raise UsageError(f"--unit: the units are 0 to {units - 1:,}, not {unit:,}")
    values = read_values(plan, answer, timestep - 1, unit)
    return replace(answer, what="cell", options={"timestep": timestep, "unit": unit}), values
