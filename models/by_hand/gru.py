"""The GRU's pass; its equations are `models.gru.GRU.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a seventh of tanh's time: so the candidate's rows are doubled. Its two
halves are apart, because the reset gate is between them: a = 2 (W_in x + b_in), for all timesteps at once,
and in W's third block only 2 (W_hn h + b_hn), its inputs' columns being zero:

    r, z = σ(…)    p = 2 (W_hn h + b_hn)    n = 2 σ(a + r ⊙ p) - 1    h' = n + z ⊙ (h - n)

With dh the gradient of h', u twice that of the candidate's doubled sum, d_r … those of the sums, going back:

    u    = dh ⊙ (1 - z) (1 - n²)
    d_z  = dh ⊙ (h - n) ⊙ z (1 - z)       d_p = u ⊙ r / 2       d_r = u ⊙ p ⊙ r (1 - r) / 2
    dh   = dh ⊙ z + d W

The halves and the doubled rows wait until the products.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Tape, sigmoid_back, tanh_back


class GRUTape(Tape):
    """Blocks in torch's order: r, z, p."""

    blocks = 3
    factor = 0.5  # of d_r; in d_p, the half and the doubled rows cancel

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Make room for a batch like `x`, (B, T, I)."""
        super().__init__(x, hidden)
        self._gates = self.room(2)
        self._p, self._n, self._u = self.room(), self.room(), self.room()
        self._a = self.room()
        self._one = x.new_tensor(1.0)
        self.scaled, self._last = slice(0, hidden), slice(2 * hidden, None)
        self._views = [view.unbind() for view in (self._gates, self._p, self._n, self._u, self._a)]
        self._blocks = self.split(self._gates)
        self._d_blocks = self.split(self.d)

    def gather(self, parameters: Parameters) -> None:
        """Keep the candidate's inputs out of W, and take them for all timesteps at once."""
        super().gather(parameters)
        self.weight[self._last, : self.hidden] *= 2
        self.weight[self._last, self.hidden : -1] = 0
        self.weight[self._last, -1] = 2 * parameters.bias_hh[self._last]
        read = torch.cat(
            (parameters.weight_ih[self._last], parameters.bias_ih[self._last].unsqueeze(1)), dim=1
        )
        torch.mm(self.inputs, 2 * read.t(), out=self._a.view(-1, self.hidden))

    def ahead(self, multiply: Any) -> None:
        """Six kernels and a product for each timestep."""
        gates, p, n, _, a = self._views
        r, z = self._blocks
        for t in range(self.steps):
            sums = self.sums(t, multiply)
            torch.sigmoid(sums[:, : 2 * self.hidden], out=gates[t])
            p[t].copy_(sums[:, self._last])
            torch.addcmul(a[t], r[t], p[t], out=n[t])
            torch.add(self.minus_one, n[t].sigmoid_(), alpha=2, out=n[t])
            torch.lerp(n[t], self.h[t], z[t], out=self.h[t + 1])

    def back(self, dh: Tensor, multiply: Any) -> None:
        """What is known for all timesteps; then five kernels and a product for each."""
        r, z = self._gates.split(self.hidden, dim=2)
        d_r, d_z, _ = self.d.split(self.hidden, dim=2)
        sigmoid_back(self._p, r, grad_input=d_r)
        torch.sub(self.z[:-1, :, : self.hidden], self._n, out=self._p)
        sigmoid_back(self._p, z, grad_input=d_z)
        torch.sub(self._one, z, out=self._u)
        known = tanh_back(self._u, self._n, grad_input=self._p).unbind()
        reset, update = self._blocks
        of_r, of_z, of_p = self._d_blocks
        u = self._views[3]
        for t in range(self.steps - 1, -1, -1):
            torch.mul(dh, known[t], out=u[t])
            of_z[t].mul_(dh)
            of_r[t].mul_(u[t])
            torch.mul(u[t], reset[t], out=of_p[t])
            if t:
                dh = torch.addcmul(multiply(self.d_at[t]), dh, update[t])

    def spread(self, whole: Tensor) -> Parameters:
        """The candidate's inputs come from u, not from W."""
        found = super().spread(whole)
        of_inputs = torch.mm(self.inputs.t(), self._u.view(-1, self.hidden))  # (I + 1, H)
        weight_ih = found.weight_ih.contiguous()
        weight_ih[self._last] = of_inputs[:-1].t()
        found.bias_ih[self._last] = of_inputs[-1]
        return found._replace(weight_ih=weight_ih)
