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
from models.classifier import SequenceClassifier
from models.layer import RecurrentLayer


class Input(NamedTuple):
    """What the model reads at one timestep."""

    x: Tensor
    """(1, I); it requires no gradient, so autograd has no node for it."""
    x_proj: Tensor
    """(1, K·H): the weights' product with it, which `step` gets."""


class Traced(NamedTuple):
    """What a model computed, and from what."""

    layer: RecurrentLayer[Any]
    """The copy's layer, for the names of its activations."""
    outputs: tuple[Tensor, ...]
    """Where the graph ends: the state after the step, or the outputs (1, K)."""
    names: dict[str, Tensor]
    """The tensors that torchviz shows by name: parameters, states, outputs."""
    inputs: list[Input]
    """The input of each timestep."""
    steps: list[Any]
    """The cell's `Step` of each timestep, its tensors (1, H)."""
    before: tuple[Tensor, ...]
    """The state before the first step, (1, H) for each of `state_fields`; empty where it was zero."""


def trace_model(model: SequenceClassifier, span: Span) -> Traced:
    """Run the model on zeros, over the timesteps of the span.

    `RecurrentLayer.forward` multiplies the inputs of all timesteps with the weights at once, for speed; here
    each timestep has a product of its own, as in the equations, so that the drawing has x_t beside it.
    """
    model = copy.deepcopy(model).to("cpu", torch.float32).requires_grad_()
    layer, alone = model.layer, span.kind == "step"
    # One step starts from a state that requires a gradient, so that the state has nodes of its own.
    before = tuple(torch.zeros(1, layer.hidden_size, requires_grad=alone) for _ in layer.state_fields)
    inputs: list[Input] = []
    steps: list[Any] = []
    state = before
    through = layer.hook(span.timesteps).through  # what the model itself holds is part of it
    with torch.enable_grad():
        for _ in range(span.timesteps):
            x = torch.zeros(1, layer.input_size)
            inputs.append(Input(x, functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0)))
            steps.append(layer.step(inputs[-1].x_proj, state, through))
            state = tuple(getattr(steps[-1], name) for name in layer.state_fields)
        outputs = state if alone else (model.read_out(state[0]),)
    names: dict[str, Tensor] = dict(model.named_parameters())
    if alone:
        names |= {f"{name} · before": part for name, part in zip(layer.state_fields, before, strict=True)}
        names |= {f"{name} · after": part for name, part in zip(layer.state_fields, outputs, strict=True)}
    else:
        names["outputs"] = outputs[0]
    return Traced(layer, outputs, names, inputs, steps, before if alone else ())
