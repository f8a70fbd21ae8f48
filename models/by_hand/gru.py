"""The GRU's pass; its equations are `models.gru.GRU.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a quarter of tanh's time. The candidate's two halves are kept apart because
the reset gate is between them: a = 2 (W_in x + b_in) is computed for all timesteps at once, and W's third
block, whose input columns are zero, gives only p = W_hn h + b_hn:

    r, z = σ(…)        n = 2 σ(a + 2 r ⊙ p) - 1        h' = n + z ⊙ (h - n)

With dh the gradient of h', u that of the candidate's sum and d_r … those of the others, in the backward pass:

    u    = dh ⊙ (1 - z) ⊙ (1 - n²)
    d_z  = dh ⊙ (h - n) ⊙ z (1 - z)       d_r = u ⊙ p ⊙ r (1 - r)       d_p = u ⊙ r
    dh   = dh ⊙ z + d W_hh

Between the passes the tape holds r, z, p and n of every timestep: n has overwritten a, each d_… replaces its
block, and u replaces n.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.by_hand.tape import Parameters, Product, Tape, sigmoid_backward, tanh_backward


class GRUTape(Tape):
    """Blocks in torch's order: r, z, p."""

    blocks = 3

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Allocate memory for a batch shaped like `x`, (B, T, I)."""
        super().__init__(x, hidden)
        self._gates = self.d[:, :, : 2 * hidden].unbind()
        self._u = x.new_empty(self.timesteps, self.batch, hidden)
        self._n = self._u.unbind()
        self._kept, self._new = x.new_empty(2, self.batch, hidden).unbind()
        self._third = slice(2 * hidden, None)

    def gather(self, parameters: Parameters) -> None:
        """Keep the candidate's input half out of W, and compute it for all timesteps at once."""
        super().gather(parameters)
        self.weight[self._third, self.hidden : -1] = 0
        self.weight[self._third, -1] = parameters.bias_hh[self._third]
        weight = torch.cat(
            (parameters.weight_ih[self._third], parameters.bias_ih[self._third].unsqueeze(1)), dim=1
        )
        torch.mm(self.inputs, 2 * weight.t(), out=self._u.view(-1, self.hidden))

    def forward(self, t: int, multiply: Product) -> None:
        """Run six kernels."""
        (r, z, p), n = self.blocks_at[t], self._n[t]
        gate_sums, of_h = self.sums(t, multiply).tensor_split((2 * self.hidden,), dim=1)
        torch.sigmoid(gate_sums, out=self._gates[t])
        n.addcmul_(r, p.copy_(of_h), value=2).sigmoid_()
        torch.add(self.minus_one, n, alpha=2, out=n)
        torch.lerp(n, self.h[t], z, out=self.h[t + 1])

    def backward(self, t: int, dh: Tensor) -> Tensor:
        """Run nine kernels, and return dh ⊙ z."""
        (r, z, p), n, kept, new = self.blocks_at[t], self._n[t], self._kept, self._new
        torch.mul(dh, z, out=kept)
        torch.sub(self.h[t], n, out=new)
        sigmoid_backward(new.mul_(dh), z, grad_input=z)
        u = tanh_backward(torch.sub(dh, kept, out=new), n, grad_input=n)
        torch.mul(u, p, out=new)
        torch.mul(u, r, out=p)
        sigmoid_backward(new, r, grad_input=r)
        return kept

    def d_x(self, parameters: Parameters) -> Tensor:
        """Take the candidate's part from u."""
        gates, candidate = parameters.weight_ih.tensor_split((2 * self.hidden,))
        gradient = torch.matmul(self.d[:, :, : 2 * self.hidden], gates)
        return gradient.add_(torch.matmul(self._u, candidate)).transpose(0, 1)

    def spread(self, whole: Tensor) -> Parameters:
        """Take the gradients of the candidate's input half from u, not from W."""
        gradients = super().spread(whole)
        from_u = torch.mm(self.inputs.t(), self._u.view(-1, self.hidden))  # (I + 1, H)
        weight_ih = gradients.weight_ih.contiguous()
        weight_ih[self._third] = from_u[:-1].t()
        gradients.bias_ih[self._third] = from_u[-1]
        return gradients._replace(weight_ih=weight_ih)
