"""The probe behind the gates view: every activation of one test sample, at every timestep."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.protocol.messages import Probe, Probed
from explorer.runs.events import ActivationInfo, State
from explorer.runs.shape import Shape
from models.classifier import SequenceClassifier
from models.layer import RecurrentLayer


def describe(layer: RecurrentLayer[tuple[Tensor, ...]]) -> list[ActivationInfo]:
    """The layer's activations, for a viewer that doesn't know the cell."""
    return [
        ActivationInfo(activation.name, activation.label, activation.span) for activation in layer.activations
    ]


@torch.no_grad()
def read_activations(
    model: SequenceClassifier,
    test: Samples,
    scaling: Scaling,
    shape: Shape,
    request: Probe,
    step: int,
    state: State | None,
) -> Probed:
    """Read one test sample and return every activation over time.

    Args:
        model: its weights are those of `step`.
        test: the test samples, on the model's device.
        scaling: turns bytes into the model's inputs.
        shape: of the test samples.
        request: which sample.
        step: steps trained.
        state: what the engine is doing; None for a read-only engine.
    """
    count = len(test.labels)
    index = request.index % count
    pixels = test.images[index : index + 1]  # (1, T, I)
    trace = model.layer.trace(scaling(pixels))  # each (1, T, H)
    output: Tensor = getattr(trace, model.layer.state_fields[0])  # (1, T, H)
    outputs = model.read_out(output[:, -1])[0]  # (K,)
    scores = outputs if model.head_kind == "sigmoid" else outputs.softmax(0)
    return Probed(
        index=index,
        count=count,
        step=step,
        label=int(test.labels[index]),
        scores=scores.tolist(),
        shape=shape,
        pixels=pixels.cpu().numpy().tobytes(),
        activations=describe(model.layer),
        hidden=model.layer.hidden_size,
        arrays=[part[0].float().cpu().contiguous().numpy().tobytes() for part in trace],
        state=state,
    )
