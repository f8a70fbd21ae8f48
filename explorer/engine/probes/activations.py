"""The probe behind the gates view: every activation of one test sample, at every timestep."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.engine.probes.context import Context, array
from explorer.protocol.questions import Answer, Fact, Selection
from explorer.runs.events import ActivationInfo
from models.layer import RecurrentLayer


def describe(layer: RecurrentLayer[tuple[Tensor, ...]]) -> list[ActivationInfo]:
    """The layer's activations, for a viewer that doesn't know the cell."""
    return [
        ActivationInfo(activation.name, activation.label, activation.span) for activation in layer.activations
    ]


@torch.no_grad()
def read_activations(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one test sample and return every activation over time.

    Arrays: each activation under its letter, (T, H); `input`, (T, I), unscaled; `probabilities`, (K,): the
    softmax of the logits, or the sigmoid outputs as they are. Facts: `label` and `predicted` are classes;
    `samples` is the number of test samples.
    """
    model, subject = context.model, context.subject(selection)
    trace = model.layer.trace(subject.scaled, intervention=subject.changed)  # each (1, T, H)
    output: Tensor = getattr(trace, model.layer.state_fields[0])  # (1, T, H)
    outputs = model.read_out(output[:, -1])[0]  # (K,)
    arrays = {
        info.name: array(part[0], "timestep", "unit", label=info.label, span=info.span)
        for info, part in zip(model.layer.activations, trace, strict=True)
    }
    arrays["input"] = array(subject.x[0], "timestep", "input", label="the sample as it is in the data set")
    probabilities = context.probabilities(outputs)
    arrays["probabilities"] = context.per_class(probabilities, label="the share of each class")
    return Answer(
        what="activations",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts | {"predicted": int(outputs.argmax())},
        arrays=arrays,
    )
