"""Where the memory comes from: how much of what is held at a timestep was written at which."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, array
from explorer.engine.probes.sums import Sums, sums_of
from explorer.protocol.questions import Answer, Fact, Selection
from models.registry import CELLS


@torch.no_grad()
def read_sources(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence, and take apart what is remembered after every timestep by when it was written.

    Arrays: `sources`, (T, T): at (s, t) the share of what was written at s in what is held after t, its
    absolute values summed over the units. Those of each t sum to 1, and are 0 where s is later than t. Where
    nothing is held they are 0, where it isn't finite NaN. `input`, (T, I), unscaled. Facts: `memory`, the
    letter of what is remembered; `label` and `predicted` are classes; `samples`, the number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    trace = model.layer.trace(subject.scaled, intervention=subject.changed)  # each (1, T, H)
    memory = CELLS[model.cell].memory
    assert memory is not None  # the question's row says that it needs one
    sums = sums_of(model.layer, memory, subject, trace)
    output: Tensor = getattr(trace, model.layer.state_fields[0])  # (1, T, H)
    predicted = int(model.read_out(output[:, -1])[0].argmax())
    label = f"share of {memory.state}, by when it was written"
    return Answer(
        what="sources",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts | {"memory": memory.state, "predicted": predicted},
        arrays={
            "sources": array(shares_of(sums, context), "written_at", "timestep", label=label, span="unit"),
            "input": array(subject.x[0], "timestep", "input", label="the sample as it is in the data set"),
        },
    )


def shares_of(sums: Sums, context: Context) -> Tensor:
    """The shares (T, T) of the terms in what is held, downward when they were written."""
    timesteps = len(sums.state)
    sizes = sums.state.new_zeros(timesteps, timesteps)
    for timestep, terms in enumerate(sums.terms()):
        sizes[: timestep + 1, timestep] = torch.linalg.vector_norm(terms, ord=1, dim=1)
        context.progress((timestep / timesteps) ** 2)
    whole = sizes.sum(0)  # (T,)
    shares = (sizes / whole).where(whole.isfinite(), torch.nan).where(whole != 0, 0)
    return shares.triu()
