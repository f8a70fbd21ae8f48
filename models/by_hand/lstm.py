"""The LSTM's pass; its equations are `models.lstm.LSTM.step`'s.

tanh x = 2 σ(2 x) - 1 = 1 - 2 σ(-2 x), and σ takes a quarter of tanh's time. So the candidate's rows of W are
doubled, one σ computes all four blocks, and m = -2 c is carried over time, with q = -2 g:

    i, f, s, o = σ(z Wᵀ)        q = 2 - 4 s        m' = f ⊙ m + i ⊙ q
    k = σ(m')                   h' = o ⊙ (1 - 2 k)

With dh and dm the gradients of h' and m', and d_i … those of the sums, in the backward pass:

    dm  -= 2 dh ⊙ o ⊙ k (1 - k)
    d_o  = dh ⊙ h' ⊙ (1 - o)            d_i = dm ⊙ q ⊙ i (1 - i)
    d_f  = dm ⊙ m ⊙ f (1 - f)           d_g = -8 dm ⊙ i ⊙ s (1 - s)
    dh   = d W_hh                       dm  = dm ⊙ f

Between the passes the tape holds i, f, s, o, m and k of every timestep, and each d_… replaces its gate. What
is small and wanted again, q and 1 - 2 k, is computed again: it costs less than to write and read it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Product, Tape, put, sigmoid_backward


class LSTMTape(Tape):
    """Blocks in torch's order: i, f, s, o."""

    blocks = 4

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Allocate memory for a batch shaped like `x`, (B, T, I)."""
        super().__init__(x, hidden)
        self._m = x.new_empty(self.timesteps + 1, self.batch, hidden).unbind()
        self._k = x.new_empty(self.timesteps, self.batch, hidden).unbind()
        self._dm, self._q, self._u = x.new_empty(3, self.batch, hidden).unbind()
        self._zero, self._two = x.new_tensor(0.0), x.new_tensor(2.0)

    def gather(self, parameters: Parameters) -> None:
        """Double the candidate's rows."""
        super().gather(parameters)
        self.weight[2 * self.hidden : 3 * self.hidden] *= 2

    def forward(self, t: int, multiply: Product) -> None:
        """Run six kernels."""
        (i, f, s, o), m, k = self.blocks_at[t], self._m[t + 1], self._k[t]
        torch.sigmoid(self.sums(t, multiply), out=self.d_at[t])
        torch.add(self._two, s, alpha=-4, out=self._q)
        torch.mul(i, self._q, out=m)
        m.addcmul_(f, self._m[t])
        torch.sigmoid(m, out=k)
        torch.addcmul(o, o, k, value=-2, out=self.h[t + 1])

    def backward(self, t: int, dh: Tensor) -> None:
        """Run twelve kernels."""
        (i, f, s, o), dm, q, u = self.blocks_at[t], self._dm, self._q, self._u
        dm.addcmul_(dh, sigmoid_backward(o, self._k[t], grad_input=u), value=-2)
        torch.mul(dh, self.h[t + 1], out=u)
        torch.addcmul(u, u, o, value=-1, out=o)
        torch.add(self._two, s, alpha=-4, out=q)
        torch.addcmul(self._zero, dm, i, value=-8, out=u)
        sigmoid_backward(u, s, grad_input=s)
        sigmoid_backward(q.mul_(dm), i, grad_input=i)
        torch.mul(dm, self._m[t], out=u)
        dm.mul_(f)
        sigmoid_backward(u, f, grad_input=f)

    def begin(self, h: Tensor | None = None, c: Tensor | None = None) -> None:
        """Set h and m."""
        super().begin(h)
        put(c, self._m[0]).mul_(-2)

    def last(self) -> tuple[Tensor, ...]:
        """Return h and c."""
        return *super().last(), (self._m[-1] / -2).unsqueeze(0)

    def begin_back(self, dh: Tensor | None, dc: Tensor | None = None) -> Tensor:
        """Set dm, and return dh."""
        put(dc, self._dm).div_(-2)
        return super().begin_back(dh)

    def d_state(self, dh: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of h and c."""
        return *super().d_state(dh), (self._dm * -2).unsqueeze(0)
