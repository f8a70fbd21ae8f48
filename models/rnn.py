"""The plain recurrent network, from scratch.

Elman, "Finding Structure in Time", Cognitive Science 14(2), 1990: no gates at all, the baseline for
the other cells.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from models.by_hand.rnn import RNNTape
from models.hook import Through
from models.layer import Activation, RecurrentLayer


class RNNStep(NamedTuple):
    """The only activation of one timestep, (B, H); in a trace, (B, T, H)."""

    h: Tensor
    """Hidden state, -1..1."""


class RNN(RecurrentLayer[RNNStep]):
    """A layer of tanh cells; the state is h.

    With x_t the input and h the previous state:

        h' = tanh(W_ih x_t + b_ih + W_hh h + b_hh)
    """

    blocks = 1
    tape = RNNTape
    Step = RNNStep
    activations = (Activation("h", "hidden state", "signed"),)

    def step(self, x_proj: Tensor, state: tuple[Tensor, ...], through: Through) -> RNNStep:
        """Compute the equation in the class's docstring; `x_proj` and h are (B, H)."""
        (h,) = state
        h = through("h", (x_proj + functional.linear(h, self.weight_hh_l0, self.bias_hh_l0)).tanh())
        return RNNStep(h)
