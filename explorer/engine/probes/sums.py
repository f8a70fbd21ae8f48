"""What a cell remembers, as the sum that it is: at each timestep it keeps a part of it, and writes.

With keep k and write w, the state after timestep t is Σ_s (Π_{s<r≤t} k_r) ⊙ w_s: one signed term for each
timestep s that wrote something. That also holds under an intervention, which has its say in k and w:

- an activation that is held is in them with that value;
- a state that is held, or silenced, was written right there, and nothing of it was kept;
- what is wiped before a timestep isn't kept by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.engine.probes.context import Subject
from models.layer import RecurrentLayer
from models.registry import Memory


class Sums(NamedTuple):
    """How the state of one sequence came about: kept + written = state."""

    state: Tensor
    """(T, H), after each timestep."""
    before: Tensor
    """(T, H), which each timestep found, after a wipe: 0 at the first."""
    keep: Tensor
    """(T, H), what that was multiplied by; 0 where nothing was kept."""
    written: Tensor
    """(T, H), what was added."""
    wiped: frozenset[int]
    """The timesteps, from 0, before which it was wiped."""

    @property
    def kept(self) -> Tensor:
        """(T, H), what was left of the state that a timestep found."""
        return self.keep * self.before

    def of_unit(self, unit: int) -> Sums:
        """The same of one unit alone, each part (T, 1)."""
        state, before, keep, written = (part[:, unit : unit + 1] for part in self[:4])
        return Sums(state, before, keep, written, self.wiped)

    def terms(self) -> Iterator[Tensor]:
        """After each timestep, the terms that its state is the sum of, (t, H), one for each timestep so far.

        One running product a term: nothing of T × T × H numbers, and no logarithm, which a gate of 0 hasn't.
        What is yielded is overwritten by the next.
        """
        held = torch.zeros_like(self.written)
        for timestep, (keep, written) in enumerate(zip(self.keep, self.written, strict=True)):
            if timestep in self.wiped:
                held[:timestep] = 0  # also what isn't finite: it exploded, and was wiped
            else:
                held[:timestep] *= keep
            held[timestep] = written
            yield held[: timestep + 1]


def sums_of(layer: RecurrentLayer[Any], memory: Memory, subject: Subject, trace: Any) -> Sums:
    """Take apart what a cell remembered while it read.

    Args:
        layer: which read.
        memory: how its cell keeps and writes.
        subject: what it read.
        trace: every activation meanwhile, each (1, T, H).
    """
    state = getattr(trace, memory.state)[0]
    hook = layer.hook(len(state), subject.changed)
    wiped = frozenset(before - 1 for before, states in hook.wipes.items() if memory.state in states)
    before = torch.cat([torch.zeros_like(state[:1]), state[:-1]])
    before[[*wiped]] = 0
    put = hook.through(memory.state, torch.full_like(state[:1], torch.nan))  # (1, H): NaN where it isn't put
    keep = _product(trace, memory.keep).where(put.isnan(), 0)
    return Sums(state, before, keep, _product(trace, memory.write).where(put.isnan(), put), wiped)


def half_lives(keep: Tensor) -> Tensor:
    """After how many timesteps half of what each unit remembers is left, if nothing were written.

    Args:
        keep: (T, H), what it was multiplied by at each timestep; the geometric mean over them counts.

    Returns:
        (H,), ln ½ / ln of that mean; infinite where nothing fades, 0 where something was kept not at all.
    """
    fading = -keep.double().abs().log().mean(0)  # 0: a mean of 1; infinite: something kept nothing
    return math.log(2) / fading.clamp(min=0).abs()  # the sign of a 0 would be that of infinity


def _product(trace: Any, factors: Iterable[str]) -> Tensor:
    """The product (T, H) of activations, or of what is missing to 1 of them: `1−z`."""
    whole: Tensor | float = 1.0
    for factor in factors:
        name = factor.removeprefix("1−")
        value = getattr(trace, name)[0]
        whole = whole * (value if name == factor else 1 - value)
    assert isinstance(whole, Tensor)  # a cell has at least one factor
    return whole
