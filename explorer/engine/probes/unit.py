"""One hidden unit under the lens: what it keeps, what it writes, what it shows, and what for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, array
from explorer.engine.probes.options import number_in
from explorer.engine.probes.sums import Sums, half_lives, sums_of
from explorer.protocol.questions import Answer, Array, Fact, Selection
from models.registry import CELLS


@torch.no_grad()
def read_unit(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence, and return all that one unit does meanwhile.

    Options: `unit`, by number; None: the first. Arrays: each activation under its letter, (T,). Where the
    cell declares how it keeps and writes: `kept` and `written`, (T,), whose sum is what it remembers, with
    the cell's letters as their labels; and `terms`, (T, T): at (s, t) what is left after t of what was
    written at s, which sums over s to what it remembers. `votes_over_time`, (T, K): the head's weights times
    h, for and against each class; `votes`, (K,), those after the last timestep.

    Facts: `unit`; `memory`, the letter of what it remembers, and `half_life`, in timesteps, if nothing were
    written, both None where the cell declares nothing; `label` and `predicted` are classes; `samples` is the
    number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    layer, memory = model.layer, CELLS[model.cell].memory
    unit = number_in(options, "unit", "units", layer.hidden_size, 0)
    trace = layer.trace(subject.scaled, intervention=subject.changed)  # each (1, T, H)
    arrays = {
        info.name: array(part[0, :, unit], "timestep", label=info.label, span=info.span)
        for info, part in zip(layer.activations, trace, strict=True)
    }
    output: Tensor = getattr(trace, layer.state_fields[0])[0]  # (T, H)
    facts = subject.facts | {"unit": unit, "memory": None, "half_life": None}
    if memory is not None:
        sums = sums_of(layer, memory, subject, trace).of_unit(unit)
        arrays |= _as_sum(sums, memory.kept, memory.written)
        facts |= {"memory": memory.state, "half_life": half_life(sums.keep)}
    votes = output[:, unit, None] * model.head.weight[:, unit]  # (T, K)
    classes = {"class": context.shape.classes}
    label = "the head's weights times h: for a class, and against it"
    arrays["votes"] = array(votes[-1], "class", label=label, coordinates=classes)
    arrays["votes_over_time"] = array(votes, "timestep", "class", label=label, coordinates=classes)
    facts |= {"predicted": int(model.read_out(output[-1:])[0].argmax())}
    return Answer(what="unit", asked=subject.asked, step=context.step, facts=facts, arrays=arrays)


def _as_sum(sums: Sums, kept: str, written: str) -> dict[str, Array]:
    """What one unit remembers as the sum that it is; the labels of its two parts are given."""
    timesteps = len(sums.state)
    terms = sums.state.new_zeros(timesteps, timesteps)
    for timestep, some in enumerate(sums.terms()):
        terms[: timestep + 1, timestep] = some[:, 0]
    return {
        "kept": array(sums.kept[:, 0], "timestep", label=kept),
        "written": array(sums.written[:, 0], "timestep", label=written),
        "terms": array(terms, "written_at", "timestep", label="what is left of what was written"),
    }


def half_life(keep: Tensor) -> float | None:
    """After how many timesteps half of what a unit remembers is left, if nothing were written.

    Args:
        keep: what it was multiplied by at each timestep, of any shape; their geometric mean counts.

    Returns:
        What `half_lives` does; None if nothing fades.
    """
    found = float(half_lives(keep.flatten()[:, None]))
    return found if math.isfinite(found) else None
