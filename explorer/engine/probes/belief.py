"""What the network would answer if the sample ended here: the head, applied to h after every timestep.

The head was trained on the last timestep alone. So an ordinarily trained network is at chance for half of the
sample, and confident all along: that is what it would say, not what it knows. The second way lets the head
answer where it was trained to: every later timestep is read blank, to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, Subject
from explorer.protocol.questions import Answer, Fact, Selection
from models.intervention import Intervention, Wipe
from models.layer import RecurrentLayer

PIECE: Final = 256
"""Tails that are read at a time: 100 MB with 4096 hidden units, 3 MB with 128."""
HERE: Final = "the share of each class if the sample ended here"
BLANKED: Final = "the share of each class if every later timestep were blank"


@torch.no_grad()
def read_belief(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence, and apply the head after every timestep, or after every tail of blank ones.

    Options: `blanked`, whether every timestep after t is read blank before the head is applied. Arrays:
    `belief`, (T, K): the softmax of the logits, or the sigmoid outputs as they are. Facts: `label` and
    `predicted` are classes; `decided_at` is the timestep, counted from 1, from which on the likeliest class
    no longer changes; `samples` is the number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    blanked = bool(options.get("blanked"))
    h = _after_tails(context, subject) if blanked else _after_timesteps(model.layer, subject)  # (T, H)
    belief = context.probabilities(model.read_out(h))  # (T, K)
    likeliest = belief.argmax(1)
    return Answer(
        what="belief",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts | {"predicted": int(likeliest[-1]), "decided_at": decided_at(likeliest)},
        arrays={"belief": context.per_class(belief, "timestep", label=BLANKED if blanked else HERE)},
    )


def decided_at(likeliest: Tensor) -> int:
    """The timestep, counted from 1, from which on the likeliest class (T,) stays what it is at the end."""
    others = (likeliest != likeliest[-1]).nonzero()
    return int(others[-1]) + 2 if len(others) else 1


def _after_timesteps(layer: RecurrentLayer[Any], subject: Subject) -> Tensor:
    """H after every timestep, (T, H)."""
    steps = layer.steps(subject.scaled, None, subject.changed)
    return torch.cat([getattr(step, layer.state_fields[0]) for step in steps])


def _after_tails(context: Context, subject: Subject) -> Tensor:
    """H at the end of the sequence, (T, H), where row t has read every timestep after t blank.

    All rows are at the same timestep: at each, those that have ended read it blank, the last row reads it as
    it is, and leaves a copy behind that ends there. That takes T²/2 steps of the cell in T products, where
    reading every tail from its beginning would take T².
    """
    layer = context.model.layer
    timesteps = subject.scaled.shape[1]
    state = tuple(subject.scaled.new_zeros(1, layer.hidden_size) for _ in layer.state_fields)
    for timestep in range(1, timesteps + 1):
        ended = context.blank.expand(timestep - 1, -1)
        x = torch.cat([ended, subject.scaled[0, timestep - 1 : timestep]])  # (timestep, I)
        state = _advance(layer, x, state, _at(subject.changed, timestep))
        if timestep < timesteps:
            state = tuple(torch.cat([part, part[-1:]]) for part in state)
        context.progress((timestep / timesteps) ** 2)
    return state[0]


def _advance(
    layer: RecurrentLayer[Any], x: Tensor, state: tuple[Tensor, ...], changed: Intervention
) -> tuple[Tensor, ...]:
    """Read one timestep (B, I), and return the state after it, each part (B, H) as in `state`."""
    after: list[tuple[Tensor, ...]] = []
    for x_part, *parts in zip(x.split(PIECE), *(part.split(PIECE) for part in state), strict=True):
        (step,) = layer.steps(x_part.unsqueeze(1), tuple(part.unsqueeze(0) for part in parts), changed)
        after.append(tuple(getattr(step, name) for name in layer.state_fields))
    return tuple(torch.cat(parts) for parts in zip(*after, strict=True))


def _at(changed: Intervention, timestep: int) -> Intervention:
    """What is changed at one timestep, for a pass over that alone."""
    wipes = tuple(Wipe(1, state) for before, state in changed.wipe if before == timestep)
    return Intervention(changed.hold, changed.silence, wipes)
