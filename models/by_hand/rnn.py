"""The plain RNN's pass; its equation is `models.rnn.RNN.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a seventh of tanh's time, so all rows of W are doubled. In the backward
pass, the gradient of a sum is dh ⊙ (1 - h'²).
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Product, Tape, tanh_backward


class RNNTape(Tape):
    """The RNN's tape: one block."""

    blocks = 1

    def gather(self, parameters: Parameters) -> None:
        """Double all rows."""
        super().gather(parameters)
        self.weight *= 2

    def forward(self, t: int, multiply: Product) -> None:
        """Run two kernels."""
        torch.add(self.minus_one, self.sums(t, multiply).sigmoid_(), alpha=2, out=self.h[t + 1])

    def backward(self, t: int, dh: Tensor) -> None:
        """Run one kernel."""
        tanh_backward(dh, self.h[t + 1], grad_input=self.d_at[t])
