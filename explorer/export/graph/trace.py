"""Running a model so that the cell's activations can be found in its autograd graph.

The model is copied first: a drawing never touches a model in training. The copy reads zeros, because a
graph's shape does not depend on the numbers.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.export.graph.span import Span
from models.classifier import INPUTS, RowClassifier
from models.layer import RecurrentLayer


class Traced(NamedTuple):
    """What a model computed, and from what."""

    layer: RecurrentLayer[Any]
    """The copy's layer, for the names of its activations."""
    outputs: tuple[Tensor, ...]
    """Where the graph ends: the state after the step, or the ten outputs (1, 10)."""
    names: dict[str, Tensor]
    """The tensors that the drawing shows by name: parameters, states, outputs."""
    steps: list[Any]
    """The cell's `Step` of each timestep, its tensors (1, H)."""
    before: tuple[Tensor, ...]
    """The state before the first step, (1, H) for each of `state_fields`; empty where it was zero."""


def trace_model(model: RowClassifier, span: Span) -> Traced:
    """Run the model on zeros, over the timesteps of the span."""
    model = copy.deepcopy(model).to("cpu", torch.float32).requires_grad_()
    with torch.enable_grad():
        return _trace_step(model) if span.kind == "step" else _trace_timesteps(model, span.timesteps)


def _trace_step(model: RowClassifier) -> Traced:
    """One step of the layer from a state that requires a gradient, so that the state has its own nodes.

    `RecurrentLayer.forward` would add its reshaping of a batch to the graph; one step has none.
    """
    layer = model.layer
    before = {
        f"{name} · before": torch.zeros(1, layer.hidden_size).requires_grad_() for name in layer.state_fields
    }
    x_proj = functional.linear(torch.zeros(1, INPUTS), layer.weight_ih_l0, layer.bias_ih_l0)
    step = layer.step(x_proj, tuple(before.values()))
    after = {f"{name} · after": getattr(step, name) for name in layer.state_fields}
    names = {**dict(model.named_parameters()), **before, **after}
    return Traced(layer, tuple(after.values()), names, [step], tuple(before.values()))


def _trace_timesteps(model: RowClassifier, timesteps: int) -> Traced:
    """The layer over some timesteps, with the results of `step` recorded, and the head."""
    layer, steps = model.layer, []
    compute = layer.step

    def record(x_proj: Tensor, state: tuple[Tensor, ...]) -> Any:
        steps.append(compute(x_proj, state))
        return steps[-1]

    vars(layer)["step"] = record
    output, _ = layer(torch.zeros(1, timesteps, INPUTS))
    outputs = model.read_out(output[:, -1])
    del vars(layer)["step"]
    return Traced(layer, (outputs,), {**dict(model.named_parameters()), "outputs": outputs}, steps, ())
