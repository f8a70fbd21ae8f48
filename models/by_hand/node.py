"""A layer's pass by hand, as one node of autograd's graph, and when it can be taken.

The node's gradients come from the tape. Where they have to be differentiable themselves (`create_graph`), or
are asked for again when the tape already serves another pass (`retain_graph`), the node computes its pass
again by the cell's equations, and autograd differentiates those.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from models.by_hand.tape import Parameters, Tape, key_of

SPARE = 4
"""Tapes that a layer keeps: one for batches, one for an epoch's last, shorter one, two for evaluations."""


class Layer(Protocol):
    """What a pass by hand needs of a `models.layer.RecurrentLayer`."""

    tape: ClassVar[type[Tape] | None]
    tapes: list[Tape]
    rounded: bool
    hidden_size: int

    def plain(self, x: Tensor, initial: tuple[Tensor, ...], every: bool) -> tuple[Tensor, ...]:
        """Compute the same by the cell's equations."""


def possible(tensors: Sequence[Tensor]) -> bool:
    """Whether a tape can compute with these: not empty, on a CPU, of one type, float32 or float64.

    And nothing looks at single operations: not a compiler or a tracer, no transform of `torch.func`, no
    forward-mode differentiation, no autocast, no subclass of tensors.
    """
    watched = (
        torch.compiler.is_compiling()
        or torch._C._is_tracing()
        or torch.is_autocast_enabled("cpu")
        or torch._C._are_functorch_transforms_active()
        or forward_ad._current_level >= 0
    )
    dtype = tensors[0].dtype
    return (
        not watched
        and dtype in (torch.float32, torch.float64)
        and tensors[0].numel() > 0
        and all(
            one.dtype is dtype and one.device.type == "cpu" and type(one) in (Tensor, nn.Parameter)
            for one in tensors
        )
    )


def run(layer: Layer, every: bool, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Take the pass by hand.

    Args:
        layer: one whose cell has a tape.
        every: whether all hidden states are asked for.
        tensors: x (B, T, I); the parts of the initial state, each (1, B, H), or none; the four parameters.

    Returns:
        The parts of the last state, each (1, B, H); then, with `every`, the hidden states, (B, T, H).
    """
    if torch.is_grad_enabled() and any(one.requires_grad for one in tensors):
        results: tuple[Tensor, ...] = Node.apply(layer, every, *tensors)
        return results
    tape = borrow(layer, tensors)
    found = _results(tape, every)
    give_back(layer, tape)
    return found


class Node(torch.autograd.Function):
    """The pass and its gradients."""

    @staticmethod
    def forward(ctx: Any, layer: Layer, every: bool, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Run a free tape; arguments and results are those of `run`."""
        ctx.layer, ctx.every, ctx.tape = layer, every, borrow(layer, tensors)
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)  # None for what nobody used costs nothing
        return _results(ctx.tape, every)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Return the gradients of the tensors that need one."""
        tensors, needed = ctx.saved_tensors, ctx.needs_input_grad[2:]
        tape, ctx.tape = ctx.tape, None
        if tape is None or torch.is_grad_enabled():
            found = _by_equations(ctx.layer, ctx.every, tensors, gradients, needed)
        else:
            found = _from_tape(tape, ctx.every, tensors, gradients, needed)
        if tape is not None:
            give_back(ctx.layer, tape)
        return None, None, *found


def _results(tape: Tape, every: bool) -> tuple[Tensor, ...]:
    """What `run` returns; the last state is a copy, which may be detached and changed in place."""
    last = tuple(part.clone() for part in tape.last())
    return (*last, tape.outputs()) if every else last


def _from_tape(
    tape: Tape,
    every: bool,
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    needed: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """The gradients of the tensors, or None, by the derivatives by hand."""
    parameters = Parameters(*tensors[-4:])
    d_last, d_outputs = (gradients[:-1], gradients[-1]) if every else (gradients, None)
    d_state = tape.run_back(d_last, d_outputs, parameters, any(needed[1:-4]))
    d_x = tape.d_x(parameters) if needed[0] else None
    d_parameters = tape.d_parameters() if any(needed[-4:]) else (None,) * 4
    return d_x, *(d_state or (None,) * len(needed[1:-4])), *d_parameters


def _by_equations(
    layer: Layer,
    every: bool,
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    needed: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """The same by the cell's equations and autograd, never rounded; differentiable if that is asked for."""
    create_graph = torch.is_grad_enabled()
    with torch.enable_grad():
        # Views, so that what a tensor was itself computed from, perhaps another one of these, is left out.
        x, *others = views = [one.view_as(one) for one in tensors]
        again = copy.copy(layer)
        again.__dict__["_parameters"] = dict(zip(layer.__dict__["_parameters"], others[-4:], strict=True))
        results = again.plain(x, tuple(others[:-4]), every)
    asked = [view for view, need in zip(views, needed, strict=True) if need]
    used = [n for n, d in enumerate(gradients) if d is not None]
    found = iter(
        torch.autograd.grad(
            [results[n] for n in used],
            asked,
            [gradients[n] for n in used],
            create_graph=create_graph,
            allow_unused=True,
        )
    )
    return tuple(next(found) if need else None for need in needed)


def borrow(layer: Layer, tensors: Sequence[Tensor]) -> Tape:
    """Take a free tape that fits, or a new one, and run it."""
    x, *state = tensors[:-4]
    tapes, key = layer.tapes, key_of(x, layer.hidden_size)
    fitting = next((number for number, tape in enumerate(tapes) if tape.key == key), None)
    assert layer.tape is not None
    with torch.inference_mode(False):  # else a tape from inference couldn't be used for training
        tape = layer.tape(x, layer.hidden_size) if fitting is None else tapes.pop(fitting)
    tape.rounded = layer.rounded
    tape.run(x, state, Parameters(*tensors[-4:]))
    return tape


def give_back(layer: Layer, tape: Tape) -> None:
    """Keep a tape for the next pass; of more than `SPARE`, drop the least recently used."""
    layer.tapes.append(tape)
    del layer.tapes[:-SPARE]
