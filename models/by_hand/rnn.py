"""The plain RNN's pass; its equation is `models.rnn.RNN.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a seventh of tanh's time, so all rows of W are doubled. In the backward
pass, the gradient of a sum is dh ⊙ (1 - h'²).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Tape, tanh_backward


class RNNTape(Tape):
    """The RNN's tape: one block."""

    blocks = 1

    def gather(self, parameters: Parameters) -> None:
        """Double all rows."""
        super().gather(parameters)
        self.weight *= 2

    def forward(self, multiply: Any) -> None:
        """Run two kernels and one product per timestep."""
        for t in range(self.timesteps):
            torch.add(
                self.minus_one, self.sums(t, multiply, self.d_at[t]).sigmoid_(), alpha=2, out=self.h[t + 1]
            )

    def backward(self, dh: Tensor, multiply: Any) -> None:
        """Run one kernel and one product per timestep."""
        for t in range(self.timesteps - 1, -1, -1):
            tanh_backward(dh, self.h[t + 1], grad_input=self.d_at[t])
            if t:
                dh = multiply(self.d_at[t], self._dh)
