"""One pass over the timesteps as one node of autograd's graph.

A cell's subclass of `Tape` computes exactly what its `step` does. All products of a timestep are merged into
one: with z_t = [h, x_t, 1], a row of K = H + I + 1 numbers for each sequence, and the recurrent weight, the
input weight and the bias side by side in W (N, K), the gates' sums are z_t Wᵀ. In the backward pass the
gradient of W is one product for all timesteps, the sum of d_tᵀ z_t.

Shapes: B sequences in a batch, T timesteps, I inputs, H hidden units, N rows in W for all gates.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.by_hand import products

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
"""g ⊙ y (1 - y), for y = σ: `sigmoid_backward(g, y, grad_input=out)`."""
tanh_backward = torch.ops.aten.tanh_backward.grad_input
"""g ⊙ (1 - y²), for y = tanh: `tanh_backward(g, y, grad_input=out)`."""
SPARE = 4
"""Tapes that a layer keeps: one for batches, one for an epoch's last, shorter one, two for evaluations."""


class Parameters(NamedTuple):
    """A layer's parameters, or their gradients, in torch's shapes."""

    weight_ih: Tensor
    """(N, I)"""
    weight_hh: Tensor
    """(N, H)"""
    bias_ih: Tensor
    """(N,)"""
    bias_hh: Tensor
    """(N,)"""


class Tape:
    """The memory of one pass, reused for the next one of the same shape.

    Fresh memory costs page faults: copying z of a batch of 100 at hidden 128 took 0.86 ms into fresh memory
    and 0.25 ms into memory that was already in use.
    """

    blocks: ClassVar[int]
    """The number of blocks of H rows in W."""

    rounded = False
    """Whether the factors of the products over time are rounded to bfloat16."""

    def __init__(self, x: Tensor, hidden: int) -> None:
        """Allocate memory for a batch shaped like `x`, (B, T, I)."""
        self.key = key_of(x, hidden)
        """What a batch must match to use this tape."""
        self.batch, self.timesteps, inputs = x.shape
        self.hidden = hidden
        width = hidden + inputs + 1
        self.z = x.new_empty(self.timesteps + 1, self.batch, width)
        """[h, x, 1] before each timestep, (T + 1, B, K); the last entry holds only the last h."""
        self.z[:, :, -1] = 1
        self.z[0, :, :hidden] = 0
        self.before = self.z.unbind()
        """z of each timestep, (B, K)."""
        self.h = self.z[:, :, :hidden].unbind()
        """The hidden state before each timestep and after the last, each (B, H)."""
        self.inputs = self.z[:-1, :, hidden:].view(-1, inputs + 1)
        """[x, 1] of every timestep, (T · B, I + 1)."""
        self.weight = x.new_empty(self.blocks * hidden, width)
        """W, (N, K)."""
        self._transposed = x.new_empty(width, self.timesteps * self.batch)
        self._dh = x.new_empty(self.batch, hidden)
        self.d = self.room(self.blocks)
        """The gradients of the gates' sums, (T, B, N)."""
        self.d_at = self.d.unbind()
        """The same for each timestep, (B, N)."""
        self.minus_one = x.new_tensor(-1.0)
        """-1 in the form that torch's kernels take, so that no tensor is made of it each time."""

    def room(self, blocks: int = 1) -> Tensor:
        """Allocate memory for something at every timestep, (T, B, blocks · H)."""
        return self.z.new_empty(self.timesteps, self.batch, blocks * self.hidden)

    def split(self, whole: Tensor) -> list[tuple[Tensor, ...]]:
        """Split (T, B, N) into its blocks: `[t][block]` is (B, H)."""
        return [part.split(self.hidden, dim=1) for part in whole.unbind()]

    def gather(self, parameters: Parameters) -> None:
        """Put the parameters side by side in W."""
        self.weight[:, : self.hidden] = parameters.weight_hh
        self.weight[:, self.hidden : -1] = parameters.weight_ih
        torch.add(parameters.bias_ih, parameters.bias_hh, out=self.weight[:, -1])

    def sums(self, t: int, multiply: Any, out: Tensor) -> Tensor:
        """Return z_t Wᵀ, (B, N); before the first timestep h is zero and left out of the product."""
        if t:
            product: Tensor = multiply(self.before[t], out)
            return product
        return torch.mm(self.before[0][:, self.hidden :], self.weight[:, self.hidden :].t(), out=out)

    def run(self, x: Tensor, parameters: Parameters) -> Tensor:
        """Read (B, T, I) and return the last hidden state, (B, H)."""
        self.z[:-1, :, self.hidden : -1] = x.transpose(0, 1)
        self.gather(parameters)
        self.forward(products.weight_product(self.weight, self.batch, self.rounded))
        return self.h[-1].clone()

    def forward(self, multiply: Any) -> None:
        """Run the cell over time, from `before[0]` to `h[-1]`; a subclass holds the equations."""
        raise NotImplementedError

    def backward(self, dh: Tensor, multiply: Any) -> None:
        """Compute `d` from the last hidden state's gradient, (B, H); a subclass holds the derivatives."""
        raise NotImplementedError

    def gradients(self, dh: Tensor, parameters: Parameters) -> Parameters:
        """Compute the parameters' gradients from the last hidden state's, (B, H)."""
        self.backward(dh, products.weight_product(parameters.weight_hh.t(), self.batch, self.rounded))
        width, rows = self.z.size(2), self.blocks * self.hidden
        z, d = self.z[:-1].view(-1, width), self.d.view(-1, rows)
        whole = products.sum_over_rows(z, d, self._transposed, self.rounded)  # (K, N)
        return self.spread(whole)

    def spread(self, whole: Tensor) -> Parameters:
        """Split the gradient of Wᵀ, (K, N), into those of the parameters."""
        bias = whole[-1]  # a view of `whole`, cloned because the caller may modify a gradient in place
        return Parameters(whole[self.hidden : -1].t(), whole[: self.hidden].t(), bias.clone(), bias.clone())


class Pass(torch.autograd.Function):
    """A layer's pass and its gradient, for autograd."""

    @staticmethod
    def forward(
        ctx: Any, tapes: list[Tape], kind: type[Tape], rounded: bool, x: Tensor, *parameters: Tensor
    ) -> Tensor:
        """Run on a free tape and return the last hidden state, (B, H)."""
        given = Parameters(*parameters)
        tape = borrow(tapes, kind, rounded, x, given.weight_hh.size(1))
        last = tape.run(x, given)
        ctx.tape, ctx.tapes = tape, tapes
        ctx.save_for_backward(*parameters)
        return last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the parameters."""
        tape, ctx.tape = ctx.tape, None
        if tape is None:
            raise RuntimeError("backward was already called for this pass, and its memory has been reused")
        gradients = tape.gradients(dh.contiguous(), Parameters(*ctx.saved_tensors))
        give_back(ctx.tapes, tape)
        return None, None, None, None, *gradients


def read(tapes: list[Tape], kind: type[Tape], rounded: bool, x: Tensor, parameters: Parameters) -> Tensor:
    """Read sequences (B, T, I) and return the last hidden state, (B, H); `tapes` holds the free tapes."""
    if torch.is_grad_enabled():
        last: Tensor = Pass.apply(tapes, kind, rounded, x, *parameters)
        return last
    tape = borrow(tapes, kind, rounded, x, parameters.weight_hh.size(1))
    last = tape.run(x, parameters)
    give_back(tapes, tape)
    return last


def key_of(x: Tensor, hidden: int) -> tuple[object, ...]:
    """Return what two batches must have in common to use the same tape."""
    return (x.shape, hidden, x.dtype)


def borrow(tapes: list[Tape], kind: type[Tape], rounded: bool, x: Tensor, hidden: int) -> Tape:
    """Take a free tape that fits, or a new one."""
    key = key_of(x, hidden)
    fitting = next((number for number, tape in enumerate(tapes) if tape.key == key), None)
    tape = kind(x, hidden) if fitting is None else tapes.pop(fitting)
    tape.rounded = rounded
    return tape


def give_back(tapes: list[Tape], tape: Tape) -> None:
    """Keep a tape for the next pass; of more than `SPARE`, drop the least recently used."""
    tapes.append(tape)
    del tapes[:-SPARE]
