"""The gated recurrent unit, from scratch.

Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, in the form that
torch and cuDNN compute: the reset gate is applied after the recurrent product (as in the paper's first
version), and the blocks are in the order r, z, n.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from models.by_hand.gru import GRUTape
from models.hook import Through
from models.layer import Activation, RecurrentLayer


class GRUStep(NamedTuple):
    """Every activation of one timestep, each (B, H); in a trace, each (B, T, H)."""

    r: Tensor
    """Reset gate, 0..1: how much of the previous state the candidate sees."""
    z: Tensor
    """Update gate, 0..1. Near 1 means keep: h' = (1 - z) ⊙ n + z ⊙ h."""
    n: Tensor
    """Candidate, -1..1: the value that would be written."""
    h: Tensor
    """Hidden state, -1..1: memory and output in one."""


class GRU(RecurrentLayer[GRUStep]):
    """A layer of GRU cells; the state is h.

    With x_t the input and h the previous state:

        r  = σ(W_ir x_t + b_ir + W_hr h + b_hr)
        z  = σ(W_iz x_t + b_iz + W_hz h + b_hz)
        n  = tanh(W_in x_t + b_in + r ⊙ (W_hn h + b_hn))
        h' = (1 - z) ⊙ n + z ⊙ h
    """

    blocks = 3  # r, z, n
    tape = GRUTape
    Step = GRUStep
    activations = (
        Activation("r", "reset gate", "unit"),
        Activation("z", "update gate", "unit"),
        Activation("n", "candidate", "signed"),
        Activation("h", "hidden state", "signed"),
    )

    def step(self, x_proj: Tensor, state: tuple[Tensor, ...], through: Through) -> GRUStep:
        """Compute the equations in the class's docstring; `x_proj` is (B, 3·H), h is (B, H)."""
        (h,) = state
        x_r, x_z, x_n = x_proj.chunk(3, dim=1)
        h_r, h_z, h_n = functional.linear(h, self.weight_hh_l0, self.bias_hh_l0).chunk(3, dim=1)
        r = through("r", (x_r + h_r).sigmoid())
        z = through("z", (x_z + h_z).sigmoid())
        n = through("n", (x_n + r * h_n).tanh())
        h = through("h", (1 - z) * n + z * h)
        return GRUStep(r, z, n, h)
