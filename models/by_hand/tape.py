"""The memory of one pass over the timesteps, and what all cells' passes have in common.

A cell's subclass of `Tape` computes exactly what its `step` does. All products of a timestep are merged into
one: with z_t = [h, x_t, 1], a row of K = H + I + 1 numbers for each sequence, and the recurrent weight, the
input weight and the bias side by side in W (N, K), the gates' sums are z_t Wᵀ. In the backward pass, with d_t
the gradient of these sums, (B, N):

    the gradient of W        Σ_t d_tᵀ z_t       one product for all timesteps
    that of all x            d W_ih             one product for all timesteps
    that of h before t       d_t W_hh           one product a timestep

Shapes: B sequences in a batch, T timesteps, I inputs, H hidden units, N rows in W for all gates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from models.by_hand import products

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
"""g ⊙ y (1 - y), for y = σ: `sigmoid_backward(g, y, grad_input=out)`."""
tanh_backward = torch.ops.aten.tanh_backward.grad_input
"""g ⊙ (1 - y²), for y = tanh: `tanh_backward(g, y, grad_input=out)`."""
Product = Callable[[Tensor, Tensor], Tensor]
"""What `products.weight_product` returns."""


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
        self._sums = x.new_empty(self.batch, self.blocks * hidden)
        self.d = x.new_empty(self.timesteps, *self._sums.shape)
        """The gradients of the gates' sums, (T, B, N); until then, the gates."""
        self.d_at = self.d.unbind()
        """The same for each timestep, (B, N)."""
        self.blocks_at = [one.split(hidden, dim=1) for one in self.d_at]
        """The same for each block of a timestep, (B, H)."""
        self.minus_one = x.new_tensor(-1.0)
        """-1 in the form that torch's kernels take, so that no tensor is made of it each time."""

    def gather(self, parameters: Parameters) -> None:
        """Put the parameters side by side in W."""
        self.weight[:, : self.hidden] = parameters.weight_hh
        self.weight[:, self.hidden : -1] = parameters.weight_ih
        torch.add(parameters.bias_ih, parameters.bias_hh, out=self.weight[:, -1])

    def run(self, x: Tensor, state: Sequence[Tensor], parameters: Parameters) -> None:
        """Read (B, T, I) from a state, each part (1, B, H); without parts it is zero."""
        self.z[:-1, :, self.hidden : -1] = x.transpose(0, 1)
        self.gather(parameters)
        self._from_zero = not state
        self.begin(*state)
        multiply = products.weight_product(self.weight, self.batch, self.rounded)
        for t in range(self.timesteps):
            self.forward(t, multiply)

    def sums(self, t: int, multiply: Product) -> Tensor:
        """Return z_t Wᵀ, (B, N), until the next call; an h that is zero is left out of the product."""
        if t or not self._from_zero:
            return multiply(self.before[t], self._sums)
        inputs, weight = self.before[0][:, self.hidden :], self.weight[:, self.hidden :]
        return torch.mm(inputs, weight.t(), out=self._sums)

    def outputs(self) -> Tensor:
        """The hidden states, (B, T, H), in memory of their own."""
        return self.z[1:, :, : self.hidden].transpose(0, 1).contiguous()

    def run_back(
        self,
        d_last: Sequence[Tensor | None],
        d_outputs: Tensor | None,
        parameters: Parameters,
        to_state: bool,
    ) -> tuple[Tensor, ...]:
        """Compute `d` from the gradients of the last state, each (1, B, H), and of the outputs, (B, T, H).

        Returns:
            The gradients of the initial state, each (1, B, H); only with `to_state`, which costs a product.
        """
        multiply = products.weight_product(parameters.weight_hh.t(), self.batch, self.rounded)
        dh = self.begin_back(*d_last)
        for t in range(self.timesteps - 1, -1, -1):
            if d_outputs is not None:
                dh = torch.add(dh, d_outputs[:, t], out=self._dh)
            kept = self.backward(t, dh)
            if t or to_state:
                dh = multiply(self.d_at[t], self._dh)
                if kept is not None:
                    dh.add_(kept)
        return self.d_state(dh) if to_state else ()

    def d_x(self, parameters: Parameters) -> Tensor:
        """The gradient of x, (B, T, I)."""
        return torch.matmul(self.d, parameters.weight_ih).transpose(0, 1)

    def d_parameters(self) -> Parameters:
        """The gradients of the parameters."""
        width, rows = self.z.size(2), self.blocks * self.hidden
        z, d = self.z[:-1].view(-1, width), self.d.view(-1, rows)
        return self.spread(products.sum_over_rows(z, d, self._transposed, self.rounded))

    def spread(self, whole: Tensor) -> Parameters:
        """Split the gradient of Wᵀ, (K, N), into those of the parameters."""
        bias = whole[-1]  # a view of `whole`, cloned because the caller may modify a gradient in place
        return Parameters(whole[self.hidden : -1].t(), whole[: self.hidden].t(), bias.clone(), bias.clone())

    # What a cell defines: its equations and their derivatives; and, if it has more than h, its state.

    def forward(self, t: int, multiply: Product) -> None:
        """Compute `h[t + 1]` from `before[t]`, by `sums`."""
        raise NotImplementedError

    def backward(self, t: int, dh: Tensor) -> Tensor | None:
        """Compute `d_at[t]` from the gradient of `h[t + 1]`, (B, H), and leave that as it is.

        Returns:
            The part of the gradient of `h[t]` that doesn't come through W, (B, H), if there is one.
        """
        raise NotImplementedError

    def begin(self, h: Tensor | None = None) -> None:
        """Set the state before the first timestep, (1, B, H); None is zero."""
        put(h, self.h[0])

    def last(self) -> tuple[Tensor, ...]:
        """The state after the last timestep, each part (1, B, H), in memory of its own."""
        return (self.h[-1].clone().unsqueeze(0),)

    def begin_back(self, dh: Tensor | None) -> Tensor:
        """Return the last h's gradient, (B, H), from (1, B, H); None is zero."""
        return put(dh, self._dh)

    def d_state(self, dh: Tensor) -> tuple[Tensor, ...]:
        """The initial state's gradients, each (1, B, H), in memory of their own; `dh` is h's, (B, H)."""
        return (dh.clone().unsqueeze(0),)


def put(part: Tensor | None, place: Tensor) -> Tensor:
    """Copy a part of a state, (1, B, H), to its place on the tape, (B, H), and return that; None is zero."""
    return place.zero_() if part is None else place.copy_(part.squeeze(0))


def key_of(x: Tensor, hidden: int) -> tuple[object, ...]:
    """Return what two batches must have in common to use the same tape."""
    return (x.shape, hidden, x.dtype)
