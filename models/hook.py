"""How an intervention is carried out, for all cells: one hook that every activation of `step` passes through.

In this order: what is remembered is wiped right before a timestep reads it; an activation that is held gets
its value; then the h of silenced units becomes 0. So silence wins over a held h, and a wipe over both, for
the one timestep that reads what was wiped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from models.intervention import Intervention

Through = Callable[[str, Tensor], Tensor]
"""What an activation passes through: called with its name and the value, (B, H), that the equations give, it
returns the value that everything after it sees."""


def unchanged(name: str, value: Tensor) -> Tensor:
    """Let an activation through as it is."""
    return value


class Scope(NamedTuple):
    """All that an intervention can name in one pass."""

    activations: Sequence[str]
    """The cell's activations."""
    states: tuple[str, ...]
    """Those that the next timestep gets; the first is the layer's output."""
    units: int
    """H, hidden units."""
    timesteps: int
    """T."""


class Hook:
    """One intervention, ready for one pass.

    Values are filled in, so autograd's graph keeps its shape: what the equations gave there has a gradient
    of 0, and every parameter still has one, as an optimizer and a group of processes expect.
    """

    def __init__(
        self, scope: Scope, held: Mapping[str, float], intervention: Intervention, device: torch.device
    ) -> None:
        """Get ready.

        Args:
            scope: what there is.
            held: what the layer itself holds; the intervention's value of the same activation replaces it.
            intervention: what else is changed.
            device: where the layer computes.

        Raises:
            ValueError: an activation or a state that the cell hasn't, or a unit or a timestep out of range.
        """
        hold, silence = {**held, **intervention.hold}, [*intervention.silence]
        wipe: dict[int, set[str]] = {}
        for before, state in intervention.wipe:
            wipe.setdefault(before, set()).update([state] if state else scope.states)
        _require("activation", hold, scope.activations)
        _require("state", set().union(*wipe.values()), scope.states)
        _require("unit", silence, range(scope.units))
        _require("timestep", wipe, range(1, scope.timesteps + 1))
        fills = {name: [(torch.tensor(True, device=device), value)] for name, value in hold.items()}
        if silence:
            silent = torch.zeros(scope.units, dtype=torch.bool, device=device)
            silent[silence] = True
            fills.setdefault(scope.states[0], []).append((silent, 0.0))
        self._states, self._fills = scope.states, fills
        self.through: Through = self._fill if fills else unchanged
        """What the cell's `step` gets."""
        self.wipes: Mapping[int, Collection[str]] = wipe
        """The states to wipe before a timestep, counted from 1, by the timestep."""

    def _fill(self, name: str, value: Tensor) -> Tensor:
        """Fill in what is changed of an activation, (B, H)."""
        for mask, filled in self._fills.get(name, ()):
            value = value.masked_fill(mask, filled)
        return value

    def wiped(self, timestep: int, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The state without what is wiped before a timestep; each part (B, H)."""
        gone, parts = self.wipes[timestep], zip(self._states, state, strict=True)
        return tuple(torch.zeros_like(part) if name in gone else part for name, part in parts)


def _require(what: str, named: Iterable[Any], known: Sequence[Any]) -> None:
    """Refuse what there isn't.

    Raises:
        ValueError: one of those that are named isn't known; one line with those that are.
    """
    for one in named:
        if one not in known:
            there = f"{known[0]} to {known[-1]}" if isinstance(known, range) else ", ".join(known)
            raise ValueError(f"there is no {what} {one!r}, only {there}")
