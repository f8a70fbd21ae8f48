"""The contenders: the project's cells, torch's own, the notebook's way, and the products alone.

A step is the work of a training on one batch: forward, cross-entropy, backward, Adam. All have the same
shapes: a batch of samples read one row per timestep, and a linear head on the last hidden state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.by_hand import products
from models.classifier import SequenceClassifier
from models.registry import layer_class

BATCH = 100
"""Samples in a batch, as in the notebook."""
TIMESTEPS, INPUTS, CLASSES = 28, 28, 10
"""MNIST's shape: all contenders are timed on samples like its own."""


class Headed(nn.Module):
    """A recurrent layer used as anybody would use it: all its outputs, and a head on the last one."""

    def __init__(self, kind: Callable[..., nn.Module], hidden: int, **options: object) -> None:
        """Build one layer, torch's or the project's, and the head."""
        super().__init__()
        self.layer = kind(INPUTS, hidden, **options)
        self.head = nn.Linear(hidden, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Read (B, 28, 28) and return the ten outputs, (B, 10)."""
        output, _ = self.layer(images)
        outputs: Tensor = self.head(output[:, -1])
        return outputs


class NotebooksWay(nn.Module):
    """An LSTM in its most direct form: for each gate, one linear layer for the input and one for the state.

    Eight products per timestep; autograd does the rest.
    """

    def __init__(self, hidden: int) -> None:
        """Build the eight layers and the head."""
        super().__init__()
        self.hidden = hidden
        self.of_input = nn.ModuleList(nn.Linear(INPUTS, hidden) for _ in range(4))
        self.of_state = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(4))
        self.head = nn.Linear(hidden, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Read (B, 28, 28) and return the ten outputs, (B, 10)."""
        h = c = images.new_zeros(images.size(0), self.hidden)
        for x_t in images.unbind(dim=1):
            sums = [u(x_t) + v(h) for u, v in zip(self.of_input, self.of_state, strict=True)]
            i, f, o = (total.sigmoid() for total in (sums[0], sums[1], sums[3]))
            c = f * c + i * sums[2].tanh()
            h = o * c.tanh()
        outputs: Tensor = self.head(h)
        return outputs


def training_step(model: nn.Module) -> Callable[[], None]:
    """Return a function that trains this model for one step, always on the same batch."""
    images, labels = torch.rand(BATCH, TIMESTEPS, INPUTS), torch.arange(BATCH) % CLASSES
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def step() -> None:
        loss = functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def floor_step(hidden: int) -> Callable[[], None]:
    """Return a function for the products of an LSTM's step alone, by the project's own product functions.

    For each timestep there is one product in the forward pass, (B, H + 29) by (H + 29, 4·H), and one in the
    backward pass, (B, 4·H) by (4·H, H); at the end there is one of (H + 29, 28·B) by (28·B, 4·H).
    """
    width, rows = hidden + INPUTS + 1, 4 * hidden
    weight, recurrent = torch.randn(rows, width), torch.randn(hidden, rows)
    z, d = torch.randn(TIMESTEPS, BATCH, width), torch.randn(TIMESTEPS, BATCH, rows)
    transposed = torch.empty(width, TIMESTEPS * BATCH)
    sums, state = torch.empty(BATCH, rows), torch.empty(BATCH, hidden)

    def step() -> None:
        forward = products.weight_product(weight, BATCH)
        backward = products.weight_product(recurrent, BATCH)
        torch.mm(z[0][:, hidden:], weight[:, hidden:].t())  # the first state is zero
        for t in range(1, TIMESTEPS):
            forward(z[t], sums)
            backward(d[t], state)
        products.sum_over_rows(z.view(-1, width), d.view(-1, rows), transposed)

    return step


def contenders(hidden: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each contender's name and step, at one hidden size."""
    yield NOTEBOOK, training_step(NotebooksWay(hidden))
    for name, kind in (("LSTM", nn.LSTM), ("GRU", nn.GRU), ("RNN", nn.RNN)):
        cell = name.lower()
        yield name, training_step(SequenceClassifier(cell, hidden, INPUTS, CLASSES))
        yield f"{name}{LAYER}", training_step(Headed(layer_class(cell), hidden))
        yield f"nn.{name}", training_step(Headed(kind, hidden, batch_first=True))
    yield FLOOR, floor_step(hidden)


NOTEBOOK = "the notebook's way"
LAYER = " as a layer"
"""What is added to a cell's name: used like torch's layer, `models.LSTM(…)(x)`, not as the program trains."""
FLOOR = "products alone"
"""The arithmetic floor of an LSTM's step."""
RATIOS = {
    f"{ours}: speed relative to {theirs}": (theirs, ours)
    for name, others in {
        "LSTM": (NOTEBOOK, "nn.LSTM"),
        "GRU": ("nn.GRU",),
        "RNN": ("nn.RNN",),
    }.items()
    for theirs in others
    for ours in (name, name + LAYER)
} | {"LSTM: time relative to its products alone": ("LSTM", FLOOR)}
"""The comparisons: the first contender's time over the second's."""
