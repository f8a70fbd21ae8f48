"""The LSTM's pass; its equations are `models.lstm.LSTM.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a quarter of tanh's time, so the candidate's rows of W are doubled, one σ
computes all four blocks, and twice the memory is carried over time, m = 2 c, with q = 2 g = 4 s - 2:

    i, f, s, o = σ(z Wᵀ)        m' = f ⊙ m + i ⊙ q        k = tanh c' = 2 σ(m') - 1        h' = o ⊙ k

With dh and dm the gradients of h' and m', and d_i … those of the sums, in the backward pass:

    dm  += dh ⊙ o (1 - k²) / 2
    d_o  = dh ⊙ k ⊙ o (1 - o)           d_i = dm ⊙ q ⊙ i (1 - i)
    d_f  = dm ⊙ m ⊙ f (1 - f)           d_g = dm ⊙ 8 i ⊙ s (1 - s)
    dh   = d W_hh                       dm  = dm ⊙ f

Each d_… is the incoming gradient times a partner times y (1 - y). The forward pass stores the partners q, m,
8 i and k side by side, where d will be, so that in the backward pass one kernel handles all four blocks of a
timestep.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Product, Tape, put, sigmoid_backward, tanh_backward


class LSTMTape(Tape):
    """Blocks in torch's order: i, f, s, o."""

    blocks = 4

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Allocate memory for a batch shaped like `x`, (B, T, I)."""
        super().__init__(x, hidden)
        gates = self.room(4)
        self._gates, self._blocks = gates.unbind(), self.split(gates)
        self._partners = self.split(self.d)
        self._last = x.new_empty(self.batch, hidden)
        self._sums = x.new_empty(self.batch, 4 * hidden)
        self._scratch = x.new_empty(self.batch, hidden)
        self._dm = x.new_empty(self.batch, hidden)
        self._minus_two, self._eight = x.new_tensor(-2.0), x.new_tensor(8.0)

    def gather(self, parameters: Parameters) -> None:
        """Double the candidate's rows."""
        super().gather(parameters)
        self.weight[2 * self.hidden : 3 * self.hidden] *= 2

    def forward(self, t: int, multiply: Product) -> None:
        """Run eight kernels."""
        (i, f, s, o), (q, m, eight_i, k) = self._blocks[t], self._partners[t]
        m_next = self._partners[t + 1][1] if t + 1 < self.timesteps else self._last
        torch.sigmoid(self.sums(t, multiply, self._sums), out=self._gates[t])
        torch.add(self._minus_two, s, alpha=4, out=q)
        torch.mul(i, q, out=m_next)
        m_next.addcmul_(f, m)
        torch.sigmoid(m_next, out=k)
        torch.add(self.minus_one, k, alpha=2, out=k)
        torch.mul(o, k, out=self.h[t + 1])
        torch.mul(i, self._eight, out=eight_i)

    def backward(self, t: int, dh: Tensor) -> None:
        """Run eight kernels."""
        (_, f, _, o), (d_i, d_f, d_g, k) = self._blocks[t], self._partners[t]
        dm = self._dm
        dm.addcmul_(dh, tanh_backward(o, k, grad_input=self._scratch), value=0.5)
        sigmoid_backward(self.d_at[t], self._gates[t], grad_input=self.d_at[t])
        k.mul_(dh)
        d_i.mul_(dm)
        d_f.mul_(dm)
        d_g.mul_(dm)
        dm.mul_(f)

    def begin(self, h: Tensor | None = None, c: Tensor | None = None) -> None:
        """Set the state; m is 2 c."""
        super().begin(h)
        put(c, self._partners[0][1]).mul_(2)

    def last(self) -> tuple[Tensor, ...]:
        """Return h and c."""
        return *super().last(), (self._last / 2).unsqueeze(0)

    def begin_back(self, dh: Tensor | None, dc: Tensor | None = None) -> Tensor:
        """Set dm, and return dh; the gradient of m is half that of c."""
        put(dc, self._dm).div_(2)
        return super().begin_back(dh)

    def d_state(self, dh: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of h and c."""
        return *super().d_state(dh), (2 * self._dm).unsqueeze(0)
