"""Which inputs speak for a class: the gradient of its logit with respect to every input of one sequence."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, array
from explorer.engine.probes.options import number_in
from explorer.protocol.questions import Answer, Fact, Selection


@torch.enable_grad()
def read_saliency(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence, and differentiate the logit of a class with respect to what the cell reads.

    The inputs are those that the cell reads, scaled: one unit is one standard deviation of the data. Of a
    sigmoid head it is the logit before the sigmoid, behind which the gradient of a confident answer
    vanishes. An input that an intervention cuts off has 0.

    Options: `class`, by number; None: the one that the sequence is read as. Arrays: `saliency`, (T, I).
    Facts: `class`, the one that was differentiated; `label` and `predicted` are classes; `samples` is the
    number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    x = subject.scaled.requires_grad_()
    h = model.layer.read(x, subject.changed)
    logits: Tensor = model.head(h)[0]  # (K,)
    predicted = int(model.read_out(h).argmax())
    number = number_in(options, "class", "classes", len(logits), predicted)
    (gradient,) = torch.autograd.grad(logits[number], x)  # nothing stays in `.grad`
    name = context.shape.classes[number]
    return Answer(
        what="saliency",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts | {"class": number, "predicted": predicted},
        arrays={
            "saliency": array(gradient[0], "timestep", "input", label=f"∂ logit of {name} / ∂ scaled input")
        },
    )
