"""A classifier that reads an image one row per timestep, from the top, and gives ten outputs."""

from __future__ import annotations

from typing import Any, Literal

from torch import Tensor, nn

from models.layer import RecurrentLayer
from models.registry import layer_class

TIMESTEPS = 28
"""Timesteps: the rows of an image, from the top."""
INPUTS = 28
"""Numbers per timestep: the pixels of one row."""
CLASSES = 10
"""Classes: in MNIST, the digits 0 to 9."""

Head = Literal["logits", "sigmoid"]
"""What the outputs are: unbounded logits, or the notebook's sigmoids (0..1)."""


class RowClassifier(nn.Module):
    """A recurrent layer that reads the 28 rows, and a linear head on its last hidden state.

    The sigmoid head follows the notebook: its outputs go into a cross-entropy as if they were
    logits, so the loss can't fall below ln(e + 9) - 1 = 1.461.
    """

    def __init__(
        self,
        cell: str = "lstm",
        hidden_size: int = 128,
        head: Head = "logits",
        forget_bias: float | None = None,
    ) -> None:
        """Build the model with newly drawn parameters.

        Args:
            cell: a name of `models.registry.CELLS`.
            hidden_size: H, at least 1.
            head: what the outputs are.
            forget_bias: the forget gate's initial bias, for a cell that has one; None keeps torch's
                uniform draw.

        Raises:
            ValueError: the cell or the head is unknown, or the size is below 1.
        """
        super().__init__()
        if head not in ("logits", "sigmoid"):
            raise ValueError(f"head must be logits or sigmoid, not {head!r}")
        self.head_kind: Head = head
        self.layer: RecurrentLayer[Any] = layer_class(cell)(INPUTS, hidden_size)
        self.head = nn.Linear(hidden_size, CLASSES)
        if forget_bias is not None:
            self.layer.set_forget_bias(forget_bias)

    def forward(self, images: Tensor) -> Tensor:
        """Read (B, 28, 28) and return the ten outputs, (B, 10)."""
        return self.read_out(self.layer.read(images))

    def read_out(self, h: Tensor) -> Tensor:
        """Apply the head to a hidden state (B, H) and return the ten outputs, (B, 10)."""
        outputs: Tensor = self.head(h)
        return outputs.sigmoid() if self.head_kind == "sigmoid" else outputs
