"""The LSTM's pass; its equations are `models.lstm.LSTM.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a seventh of tanh's time: so the candidate's rows of W are doubled, all
four blocks are one σ, and what is kept is twice the memory, m = 2 c, with q = 2 g = 4 s - 2:

    i, f, s, o = σ(z Wᵀ)        m' = f ⊙ m + i ⊙ q        k = tanh c' = 2 σ(m') - 1        h' = o ⊙ k

With dh and dm the gradients of h' and m', and d_i … those of the sums, going back:

    dm  += dh ⊙ o (1 - k²) / 2
    d_o  = dh ⊙ k ⊙ o (1 - o)           d_i = dm ⊙ q ⊙ i (1 - i)
    d_f  = dm ⊙ m ⊙ f (1 - f)           d_s = dm ⊙ i ⊙ 4 s (1 - s)
    dh   = d W                          dm  = dm ⊙ f

All but dh and dm is known before, for all timesteps at once. The factor 4 of d_s and the doubled rows wait
until the products.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Tape, sigmoid_back, tanh_back


class LSTMTape(Tape):
    """Blocks in torch's order: i, f, s, o."""

    blocks = 4
    factor = 8.0  # 4 of d_s, and 2 because W has the doubled rows

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Make room for a batch like `x`, (B, T, I)."""
        super().__init__(x, hidden)
        self._gates = self.room(4)
        self._q, self._m, self._k = self.room(), self.room(), self.room()
        self._minus_two = x.new_tensor(-2.0)
        self.d[0, :, hidden : 2 * hidden] = 0  # nothing is forgotten before the first timestep
        self.scaled = slice(2 * hidden, 3 * hidden)  # the candidate's
        self._views = [view.unbind() for view in (self._gates, self._q, self._m, self._k)]
        self._blocks = self.split(self._gates)
        self._d_blocks = self.split(self.d)

    def gather(self, parameters: Parameters) -> None:
        """Double the candidate's rows."""
        super().gather(parameters)
        self.weight[self.scaled] *= 2

    def ahead(self, multiply: Any) -> None:
        """Seven kernels and a product for each timestep."""
        gates, q, m, k = self._views
        i, f, s, o = self._blocks
        for t in range(self.steps):
            torch.sigmoid(self.sums(t, multiply), out=gates[t])
            torch.add(self._minus_two, s[t], alpha=4, out=q[t])
            torch.mul(i[t], q[t], out=m[t])
            if t:
                m[t].addcmul_(f[t], m[t - 1])
            torch.sigmoid(m[t], out=k[t])
            torch.add(self.minus_one, k[t], alpha=2, out=k[t])
            torch.mul(o[t], k[t], out=self.h[t + 1])

    def back(self, dh: Tensor, multiply: Any) -> None:
        """What is known for all timesteps; then six kernels and a product for each."""
        hidden = self.hidden
        i, f, s, o = self._gates.split(hidden, dim=2)
        d_i, d_f, d_s, d_o = self.d.split(hidden, dim=2)
        sigmoid_back(self._q, i, grad_input=d_i)
        sigmoid_back(self._m[:-1], f[1:], grad_input=d_f[1:])
        sigmoid_back(i, s, grad_input=d_s)
        sigmoid_back(self._k, o, grad_input=d_o)
        d_k = tanh_back(o, self._k, grad_input=self._k).unbind()
        forget = self._blocks[1]
        of_i, of_f, of_s, of_o = self._d_blocks
        dm = torch.zeros_like(dh)
        for t in range(self.steps - 1, -1, -1):
            of_o[t].mul_(dh)
            dm.addcmul_(dh, d_k[t], value=0.5)
            of_i[t].mul_(dm)
            of_f[t].mul_(dm)
            of_s[t].mul_(dm)
            if t:
                dh = multiply(self.d_at[t])
                dm.mul_(forget[t])
