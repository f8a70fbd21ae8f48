"""A classifier that reads a sequence one timestep after the other, and gives an output for each class."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from models.intervention import NOTHING, Intervention
from models.layer import RecurrentLayer
from models.registry import layer_class

Head = Literal["logits", "sigmoid"]
"""What the outputs are: unbounded logits, or the notebook's sigmoids (0..1)."""


class SequenceClassifier(nn.Module):
    """A recurrent layer that reads a sequence, and a linear head on its last hidden state.

    The sigmoid head follows the notebook: its outputs go into a cross-entropy as if they were
    logits, so the loss of ten classes can't fall below ln(e + 9) - 1 = 1.461.
    """

    def __init__(
        self,
        cell: str,
        hidden_size: int,
        inputs: int,
        classes: int,
        head: Head = "logits",
        forget_bias: float | None = None,
    ) -> None:
        """Build the model with newly drawn parameters.

        Args:
            cell: a name of `models.registry.CELLS`.
            hidden_size: H, at least 1.
            inputs: I, numbers per timestep, at least 1.
            classes: K, the number of outputs, at least 1.
            head: what the outputs are.
            forget_bias: the forget gate's initial bias, for a cell that has one; None keeps torch's
                uniform draw.

        Raises:
            ValueError: the cell or the head is unknown, or a size is below 1.
        """
        super().__init__()
        if head not in ("logits", "sigmoid"):
            raise ValueError(f"head must be logits or sigmoid, not {head!r}")
        self.cell = cell
        """The cell's name in `models.registry.CELLS`, which says how it keeps and writes."""
        self.head_kind: Head = head
        self.layer: RecurrentLayer[Any] = layer_class(cell)(inputs, hidden_size)
        self.head = nn.Linear(hidden_size, classes)
        if forget_bias is not None:
            self.layer.set_forget_bias(forget_bias)

    def forward(
        self, x: Tensor, intervention: Intervention = NOTHING, lengths: Tensor | None = None
    ) -> Tensor:
        """Read (B, T, I) and return the outputs, (B, K).

        Args:
            x: the sequences.
            intervention: what is changed meanwhile.
            lengths: (B,) int64, 1 to T: how far each sequence goes; its h after that timestep is read out.
                None: all go to T.
        """
        if lengths is None:
            return self.read_out(self.layer.read(x, intervention))
        h, _ = self.layer(x, None, intervention)  # (B, T, H)
        return self.read_out(h[torch.arange(len(h), device=h.device), lengths - 1])

    def read_out(self, h: Tensor) -> Tensor:
        """Apply the head to a hidden state (B, H) and return the outputs, (B, K)."""
        outputs: Tensor = self.head(h)
        return outputs.sigmoid() if self.head_kind == "sigmoid" else outputs
