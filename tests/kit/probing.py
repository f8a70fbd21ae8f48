"""What answers questions in the tests: a new model of any shape."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import Intervention, Span, Wipe
from explorer.runs.shape import Shape
from models.classifier import Head, SequenceClassifier

SCALING = Scaling(0.2, 0.4)


def prober(
    cell: str, timesteps: int, inputs: int, classes: int, head: Head = "logits", count: int = 5
) -> Prober:
    """Return what answers about a new model, whose data set has a few test samples of random bytes."""
    torch.manual_seed(3)
    x = torch.randint(0, 256, (count, timesteps, inputs), dtype=torch.uint8)
    samples = Samples(x, torch.arange(count) % classes)
    shape = Shape(timesteps, inputs, tuple(f"class {number}" for number in range(classes)))
    model = SequenceClassifier(cell, 6, inputs, classes, head)
    return Prober(model, Dataset(samples, samples, shape), SCALING)


def interventions(model: SequenceClassifier, timesteps: int) -> dict[str, Intervention]:
    """Return interventions for a cell of 6 units, each by a name for the test, and all of them together."""
    activations = [one.name for one in model.layer.activations]
    last = model.layer.state_fields[-1]
    single = {
        "held": Intervention(hold={activations[0]: 0.4}),
        "silenced": Intervention(silence=(0, 5)),
        "wiped": Intervention(wipe=(Wipe(1 + timesteps // 2), Wipe(timesteps, last))),
        "blanked": Intervention(blank=(Span(1, 1), Span(timesteps, timesteps))),
        "appended": Intervention(append_blank=3),
    }
    every = Intervention(
        hold=single["held"].hold,
        silence=single["silenced"].silence,
        wipe=(*single["wiped"].wipe, Wipe(timesteps + 2)),
        blank=(*single["blanked"].blank, Span(timesteps + 1, timesteps + 1)),
        append_blank=3,
    )
    return single | {"all": every, "none": Intervention()}


def read_by_hand(model: SequenceClassifier, x: Tensor, changed: Intervention, blank: Tensor) -> list[Tensor]:
    """Read one sequence with the cell's equations written out, and return h after every timestep.

    Args:
        model: its layer's parameters are read; none of its code runs.
        x: (T, I), scaled.
        changed: the whole of it: also what is read blank, and what is appended.
        blank: (I,), a blank timestep, scaled.
    """
    layer = model.layer
    x = torch.cat([x, blank.expand(changed.append_blank, -1)]).clone()
    for span in changed.blank:
        x[span.first - 1 : span.last] = blank
    h = c = x.new_zeros(layer.hidden_size)
    after = []

    def held(name: str, value: Tensor) -> Tensor:
        return torch.full_like(value, changed.hold[name]) if name in changed.hold else value

    for timestep, x_t in enumerate(x, start=1):
        for wipe in changed.wipe:
            if wipe.before == timestep:
                h = torch.zeros_like(h) if wipe.state in ("", "h") else h
                c = torch.zeros_like(c) if wipe.state in ("", "c") else c
        read = layer.weight_ih_l0 @ x_t + layer.bias_ih_l0
        kept = layer.weight_hh_l0 @ h + layer.bias_hh_l0
        match [one.name for one in layer.activations]:
            case ["i", *_]:
                i, f, g, o = (read + kept).view(4, -1)
                i, f = held("i", torch.sigmoid(i)), held("f", torch.sigmoid(f))
                g, o = held("g", torch.tanh(g)), held("o", torch.sigmoid(o))
                c = held("c", f * c + i * g)
                h = held("h", o * torch.tanh(c))
            case ["r", *_]:
                (x_r, x_z, x_n), (h_r, h_z, h_n) = read.view(3, -1), kept.view(3, -1)
                r, z = held("r", torch.sigmoid(x_r + h_r)), held("z", torch.sigmoid(x_z + h_z))
                n = held("n", torch.tanh(x_n + r * h_n))
                h = held("h", (1 - z) * n + z * h)
            case ["h"]:
                h = held("h", torch.tanh(read + kept))
        h = h * torch.tensor([unit not in changed.silence for unit in range(len(h))])
        after.append(h)
    return after
