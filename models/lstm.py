"""The long short-term memory, from scratch.

Hochreiter & Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, had the input and
output gates; Gers, Schmidhuber & Cummins, "Learning to Forget", Neural Computation 12(10), 2000, added
the forget gate. The form here is torch's, with blocks in the order i, f, g, o.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from models.by_hand.lstm import LSTMTape
from models.hook import Through
from models.layer import Activation, RecurrentLayer


class LSTMStep(NamedTuple):
    """Every activation of one timestep, each (B, H); in a trace, each (B, T, H)."""

    i: Tensor
    """Input gate, 0..1: how much of the candidate is written."""
    f: Tensor
    """Forget gate, 0..1: how much of the memory is kept."""
    g: Tensor
    """Candidate, -1..1: the value that would be written. A tanh, not a gate."""
    o: Tensor
    """Output gate, 0..1: how much of the memory is shown."""
    c: Tensor
    """Memory (cell state), unbounded."""
    h: Tensor
    """Hidden state, -1..1: what the next timestep and the head see."""


class LSTM(RecurrentLayer[LSTMStep]):
    """A layer of LSTM cells; the state is (h, c).

    With x_t the input, and h and c the previous state:

        i  = σ(W_ii x_t + b_ii + W_hi h + b_hi)
        f  = σ(W_if x_t + b_if + W_hf h + b_hf)
        g  = tanh(W_ig x_t + b_ig + W_hg h + b_hg)
        o  = σ(W_io x_t + b_io + W_ho h + b_ho)
        c' = f ⊙ c + i ⊙ g
        h' = o ⊙ tanh(c')
    """

    blocks = 4  # i, f, g, o
    tape = LSTMTape
    Step = LSTMStep
    activations = (
        Activation("i", "input gate", "unit"),
        Activation("f", "forget gate", "unit"),
        Activation("g", "candidate", "signed"),
        Activation("o", "output gate", "unit"),
        Activation("c", "memory", "open"),
        Activation("h", "hidden state", "signed"),
    )
    state_fields = ("h", "c")

    def step(self, x_proj: Tensor, state: tuple[Tensor, ...], through: Through) -> LSTMStep:
        """Compute the equations in the class's docstring; `x_proj` is (B, 4·H), h and c are (B, H)."""
        h, c = state
        blocks = x_proj + functional.linear(h, self.weight_hh_l0, self.bias_hh_l0)  # (B, 4·H)
        i, f, g, o = blocks.chunk(4, dim=1)
        i = through("i", i.sigmoid())
        f = through("f", f.sigmoid())
        g = through("g", g.tanh())
        o = through("o", o.sigmoid())
        c = through("c", f * c + i * g)
        h = through("h", o * c.tanh())
        return LSTMStep(i, f, g, o, c, h)

    def set_forget_bias(self, bias: float) -> None:
        """Make the forget gate's two biases sum to `bias`: 1 starts f near σ(1) = 0.73, not 0.5.

        Jozefowicz, Zaremba & Sutskever, "An Empirical Exploration of Recurrent Network
        Architectures", ICML 2015, section 2.2.
        """
        forget = slice(self.hidden_size, 2 * self.hidden_size)
        with torch.no_grad():
            self.bias_ih_l0[forget] = bias
            self.bias_hh_l0[forget] = 0
