"""The base of every recurrent layer: it runs one cell over time.

A cell (`models/lstm.py`, `gru.py`, `rnn.py`) is a subclass that declares its parameters' shape, the names
of its activations and one method, `step`, which holds its equations. This module runs `step` over the
timesteps and returns either the hidden states or every activation (the trace). Every activation passes
through a hook on its way (`models/hook.py`), where it can be changed. Where only hidden states are asked
for and nothing is changed, as in training, the same is computed by hand (`models/by_hand`), for speed.

Shapes: B sequences in a batch, T timesteps, I inputs, H hidden units, K blocks of H rows in a weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.by_hand import node
from models.by_hand.tape import Tape
from models.hook import Hook, Scope, Through
from models.intervention import NOTHING, Intervention

Span = Literal["unit", "signed", "open"]
"""The range of an activation's values: 0..1, -1..1, or unbounded (around 0)."""

State = Tensor | tuple[Tensor, ...]
"""The state passed from one call to the next, in `torch.nn`'s shape: h, or (h, c), each (1, B, H)."""

StepT = TypeVar("StepT", bound=tuple[Tensor, ...])


class Activation(NamedTuple):
    """One activation of a cell, described for the reader and for a colour scale."""

    name: str
    """Its letter in the equations, and its field in the cell's `Step`: `f`."""
    label: str
    """Its name in the literature: `forget gate`."""
    span: Span
    """The range of its values, so that a viewer can pick a sequential or a diverging palette."""


class RecurrentLayer(nn.Module, Generic[StepT]):
    """One layer of one cell over (B, T, I), compatible with `torch.nn`'s layer of the same name.

    The parameters carry torch's names, shapes and block order (`weight_ih_l0` (K·H, I),
    `weight_hh_l0` (K·H, H), `bias_ih_l0` and `bias_hh_l0` (K·H,)), so a state dict of a one-layer
    `torch.nn` module loads here with `load_state_dict`, and vice versa.
    """

    blocks: ClassVar[int]
    """K: the number of blocks of H rows in the weights (LSTM 4, GRU 3, RNN 1)."""
    Step: ClassVar[type]
    """The NamedTuple with one timestep's activations, each (B, H)."""
    activations: ClassVar[tuple[Activation, ...]]
    """What each field of `Step` is, in the same order."""
    state_fields: ClassVar[tuple[str, ...]] = ("h",)
    """The fields of `Step` passed to the next timestep; the first is the layer's output."""
    tape: ClassVar[type[Tape] | None] = None
    """The same equations, written for speed, with derivatives by hand; None: autograd computes them."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        """Draw the parameters as torch does.

        Args:
            input_size: I, numbers per timestep; at least 1.
            hidden_size: H, hidden units; at least 1.

        Raises:
            ValueError: either size is below 1.
        """
        super().__init__()
        if input_size < 1 or hidden_size < 1:
            raise ValueError(f"sizes must be at least 1, not input {input_size}, hidden {hidden_size}")
        self.input_size = input_size
        self.hidden_size = hidden_size
        rows = self.blocks * hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(rows, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(rows))
        self.bias_hh_l0 = nn.Parameter(torch.empty(rows))
        self.rounded = False
        """Whether a pass by hand rounds its products' factors to bfloat16."""
        self.held: Mapping[str, float] = {}
        """Activations by name that have this value in every pass, as part of the model: `{"f": 1}` makes an
        LSTM that of 1997. An intervention that holds the same activation replaces the value."""
        self.tapes: list[Tape] = []
        """Free memory of passes by hand."""
        self.reset_parameters()

    def step(self, x_proj: Tensor, state: tuple[Tensor, ...], through: Through) -> StepT:
        """Compute one timestep: the cell's equations.

        Args:
            x_proj: the input's contribution, `weight_ih x + bias_ih`, (B, K·H).
            state: the previous timestep's fields named by `state_fields`, each (B, H).
            through: called with the name and the value of each activation, once, before anything else uses
                it; what it returns is the activation: `f = through("f", f.sigmoid())`.
        """
        raise NotImplementedError

    def reset_parameters(self) -> None:
        """Draw every parameter from U(-1/√H, 1/√H), as `torch.nn` does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def set_forget_bias(self, bias: float) -> None:
        """Bias the cell towards keeping its memory at the start; a cell without a forget gate ignores it."""

    def forward(
        self, x: Tensor, state: State | None = None, intervention: Intervention = NOTHING
    ) -> tuple[Tensor, State]:
        """Read the sequences and return every hidden state and the last state.

        Args:
            x: (B, T, I) with T at least 1.
            state: the initial state, h or (h, c) in `torch.nn`'s shape, each (1, B, H); zeros if None.
            intervention: what is changed meanwhile.

        Returns:
            The hidden states (B, T, H), and the last state in the shape of `state`.

        Raises:
            ValueError: `x` or `state` has the wrong shape, or the intervention names something that there
                isn't.
        """
        *last, output = self._run(x, state, intervention, every=True)
        return output, last[0] if len(last) == 1 else tuple(last)

    def read(self, x: Tensor, intervention: Intervention = NOTHING) -> Tensor:
        """Read the sequences and return the last hidden state, (B, H): all that a classifier needs.

        As `forward`, without the memory and the time for the other hidden states.
        """
        return self._run(x, None, intervention, every=False)[0].squeeze(0)

    def _run(
        self, x: Tensor, state: State | None, intervention: Intervention, every: bool
    ) -> tuple[Tensor, ...]:
        """Read the sequences one way or the other: both compute the same, and this is where one is chosen.

        By hand (`models/by_hand`), for speed, where nothing but the equations' results is asked for; else the
        plain way, for whatever has to see or to change what is between.

        Returns:
            The parts of the last state, each (1, B, H); then, with `every`, the hidden states, (B, T, H).
        """
        self._require_shape(x)
        initial = self._initial(x, state)
        weights = (self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)
        tensors = (x, *initial, *weights)
        if self.tape is None or self.held or intervention or not node.possible(tensors):
            return self.plain(x, initial, every, intervention)
        return node.run(self, every, tensors)

    def plain(
        self, x: Tensor, initial: tuple[Tensor, ...], every: bool, intervention: Intervention = NOTHING
    ) -> tuple[Tensor, ...]:
        """Read the sequences by `step`, one autograd node per operation; results as those of `_run`."""
        steps = self.steps(x, initial or None, intervention)
        last = tuple(part.unsqueeze(0) for part in self._carried(steps[-1]))
        if not every:
            return last
        return *last, torch.stack([self._carried(step)[0] for step in steps], dim=1)

    def trace(self, x: Tensor, state: State | None = None, intervention: Intervention = NOTHING) -> StepT:
        """Read as `forward` does, and return every activation over time, each (B, T, H)."""
        steps = self.steps(x, state, intervention)
        trace: StepT = self.Step(*(torch.stack(over_time, dim=1) for over_time in zip(*steps, strict=True)))
        return trace

    def steps(
        self, x: Tensor, state: State | None = None, intervention: Intervention = NOTHING
    ) -> list[StepT]:
        """Read as `forward` does, and return the activations of each of the T timesteps.

        These tensors, each (B, H), are those that the later ones were computed from: autograd can
        differentiate with respect to each, as it can't with respect to the copies in `trace`.
        """
        self._require_shape(x)
        hook = self.hook(x.size(1), intervention)
        initial = self._initial(x, state)
        zero = x.new_zeros(x.size(0), self.hidden_size)
        carried = tuple(part.squeeze(0) for part in initial) or (zero,) * len(self.state_fields)
        # The input's product is hoisted out of the loop: one for all timesteps.
        x_proj = functional.linear(x.transpose(0, 1), self.weight_ih_l0, self.bias_ih_l0)  # (T, B, K·H)
        steps: list[StepT] = []
        for timestep, x_t in enumerate(x_proj.unbind(0), start=1):
            if timestep in hook.wipes:
                carried = hook.wiped(timestep, carried)
            steps.append(self.step(x_t, carried, hook.through))
            carried = self._carried(steps[-1])
        return steps

    def hook(self, timesteps: int, intervention: Intervention = NOTHING) -> Hook:
        """Get an intervention ready for one pass over T timesteps, with what the layer itself holds.

        Raises:
            ValueError: it names something that there isn't.
        """
        names = [activation.name for activation in self.activations]
        scope = Scope(names, self.state_fields, self.hidden_size, timesteps)
        return Hook(scope, self.held, intervention, self.weight_hh_l0.device)

    def _require_shape(self, x: Tensor) -> None:
        """Refuse an input of the wrong shape."""
        if x.dim() != 3 or x.size(1) < 1 or x.size(2) != self.input_size:
            raise ValueError(f"expected an input of (B, T, {self.input_size}), not {tuple(x.shape)}")

    def _initial(self, x: Tensor, state: State | None) -> tuple[Tensor, ...]:
        """The parts of the state before the first timestep, each (1, B, H); none if it is zero."""
        if state is None:
            return ()
        parts, shape = (
            (state,) if isinstance(state, Tensor) else tuple(state),
            (1, x.size(0), self.hidden_size),
        )
        if len(parts) != len(self.state_fields) or any(part.shape != shape for part in parts):
            raise ValueError(f"expected a state of {len(self.state_fields)} × {shape}")
        return parts

    def _carried(self, step: Any) -> tuple[Tensor, ...]:
        """The activations of one timestep that the next one needs, each (B, H)."""
        return tuple(getattr(step, name) for name in self.state_fields)

    def extra_repr(self) -> str:
        """The sizes, for `print(model)`."""
        return f"{self.input_size}, {self.hidden_size}"
