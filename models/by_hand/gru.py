"""The GRU's pass; its equations are `models.gru.GRU.step`'s.

tanh x = 2 σ(2 x) - 1, and σ takes a quarter of tanh's time, so the candidate's rows are doubled. Its two
halves are kept apart because the reset gate is between them: a = 2 (W_in x + b_in) is computed for all
timesteps at once, and W's third block, whose input columns are zero, gives only 2 p = 2 (W_hn h + b_hn):

    r, z = σ(…)        n = 2 σ(a + r ⊙ 2 p) - 1        h' = n + z ⊙ (h - n)

With dh the gradient of h', u that of the candidate's sum and d_r … those of the others, in the backward pass:

    u    = dh ⊙ (1 - z) (1 - n²)
    d_z  = dh ⊙ (h - n) ⊙ z (1 - z)       d_r = u ⊙ p ⊙ r (1 - r)       d_p = u ⊙ r
    dh   = dh ⊙ z + d W_hh

The forward pass stores p and h - n, which are factors of d_r and d_z, where d_r and d_z will be. n overwrites
a, and u overwrites n.
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
        gates = self.room(2)
        self._gates, self._blocks = gates.unbind(), self.split(gates)
        self._d_gates, self._d_blocks = self.d[:, :, : 2 * hidden].unbind(), self.split(self.d)
        self._u = self.room()
        self._n = self._u.unbind()
        self._sums = x.new_empty(self.batch, 3 * hidden)
        self._kept, self._new = x.new_empty(self.batch, hidden), x.new_empty(self.batch, hidden)
        self._third = slice(2 * hidden, None)
        self._half = x.new_tensor(0.5)

    def gather(self, parameters: Parameters) -> None:
        """Keep the candidate's input half out of W, and compute it for all timesteps at once."""
        super().gather(parameters)
        self.weight[self._third, : self.hidden] *= 2
        self.weight[self._third, self.hidden : -1] = 0
        self.weight[self._third, -1] = 2 * parameters.bias_hh[self._third]
        weight = torch.cat(
            (parameters.weight_ih[self._third], parameters.bias_ih[self._third].unsqueeze(1)), dim=1
        )
        torch.mm(self.inputs, 2 * weight.t(), out=self._u.view(-1, self.hidden))

    def forward(self, t: int, multiply: Product) -> None:
        """Run seven kernels."""
        (r, z), (p, difference, _), n = self._blocks[t], self._d_blocks[t], self._n[t]
        gate_sums, two_p = self.sums(t, multiply, self._sums).tensor_split((2 * self.hidden,), dim=1)
        torch.sigmoid(gate_sums, out=self._gates[t])
        torch.mul(two_p, self._half, out=p)
        n.addcmul_(r, two_p).sigmoid_()
        torch.add(self.minus_one, n, alpha=2, out=n)
        torch.sub(self.h[t], n, out=difference)
        torch.addcmul(n, z, difference, out=self.h[t + 1])

    def backward(self, t: int, dh: Tensor) -> Tensor:
        """Run seven kernels, and return dh ⊙ z."""
        (r, z), (d_r, d_z, d_p), n = self._blocks[t], self._d_blocks[t], self._n[t]
        torch.mul(dh, z, out=self._kept)
        torch.sub(dh, self._kept, out=self._new)
        u = tanh_backward(self._new, n, grad_input=n)
        sigmoid_backward(self._d_gates[t], self._gates[t], grad_input=self._d_gates[t])
        d_z.mul_(dh)
        d_r.mul_(u)
        torch.mul(u, r, out=d_p)
        return self._kept

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
