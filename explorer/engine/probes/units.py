"""Every hidden unit in two numbers: how long it remembers, and what for."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, array
from explorer.engine.probes.sums import half_lives, sums_of
from explorer.protocol.questions import Answer, Fact, Selection
from models.registry import CELLS


@torch.no_grad()
def read_units(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence, and return what orders the units.

    Arrays: `votes`, (H, K): the head's weights times h after the last timestep, for and against each class;
    and where the cell declares how it keeps and writes, `half_life`, (H,), in timesteps, if nothing were
    written: infinite where nothing fades. Both are those of the question `unit`, for all units.

    Facts: `memory`, the letter of what is remembered, None where the cell declares nothing; `label` and
    `predicted` are classes; `samples` is the number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    layer, memory = model.layer, CELLS[model.cell].memory
    trace = layer.trace(subject.scaled, intervention=subject.changed)  # each (1, T, H)
    last: Tensor = getattr(trace, layer.state_fields[0])[0, -1]  # (H,)
    label = "the head's weights times h: for a class, and against it"
    classes = {"class": context.shape.classes}
    votes = (model.head.weight * last).T  # (H, K)
    arrays = {"votes": array(votes, "unit", "class", label=label, coordinates=classes)}
    if memory is not None:
        lasting = half_lives(sums_of(layer, memory, subject, trace).keep)
        arrays["half_life"] = array(lasting, "unit", label="timesteps, if nothing were written")
    facts = subject.facts | {
        "memory": memory.state if memory else None,
        "predicted": int(model.read_out(last[None])[0].argmax()),
    }
    return Answer(what="units", asked=subject.asked, step=context.step, facts=facts, arrays=arrays)
