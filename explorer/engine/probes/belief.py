"""What the network would answer if the sample ended here: the head, applied to h after every timestep.

The head was trained on the last timestep alone. So an ordinarily trained network is at chance for half of the
sample, and confident all along: that is what it would say, not what it knows.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context
from explorer.protocol.questions import Answer, Fact, Selection


@torch.no_grad()
def read_belief(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one test sample, and apply the head after every timestep.

    Arrays: `belief`, (T, K): the softmax of the logits, or the sigmoid outputs as they are. Facts: `label`
    and `predicted` are classes; `decided_at` is the timestep, counted from 1, from which on the likeliest
    class no longer changes; `samples` is the number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    trace = model.layer.trace(subject.scaled, intervention=subject.changed)
    h: Tensor = getattr(trace, model.layer.state_fields[0])[0]  # (T, H)
    belief = context.probabilities(model.read_out(h))  # (T, K)
    likeliest = belief.argmax(1)
    return Answer(
        what="belief",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts | {"predicted": int(likeliest[-1]), "decided_at": decided_at(likeliest)},
        arrays={
            "belief": context.per_class(
                belief, "timestep", label="the share of each class if the sample ended here"
            )
        },
    )


def decided_at(likeliest: Tensor) -> int:
    """The timestep, counted from 1, from which on the likeliest class (T,) stays what it is at the end."""
    others = (likeliest != likeliest[-1]).nonzero()
    return int(others[-1]) + 2 if len(others) else 1
