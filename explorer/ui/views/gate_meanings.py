"""What it means to hold a gate shut or open, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from explorer.runs.events import ActivationInfo

MEANINGS: Final[Mapping[str, tuple[str, str]]] = {
    "input gate": ("nothing is written", "everything is written"),
    "forget gate": ("nothing is kept", "nothing is forgotten"),
    "output gate": ("nothing is shown", "everything is shown"),
    "reset gate": ("the candidate sees no past", "the candidate sees all of h"),
    "update gate": ("nothing is kept", "nothing is written"),
}
"""By a gate's name in the literature: what it means that it is 0, and that it is 1."""


def meaning(gate: ActivationInfo, value: int) -> str:
    """What a gate at 0 or at 1 does, in a few words; of an unknown one, which gate it is."""
    return MEANINGS[gate.label][value] if gate.label in MEANINGS else gate.label


def gates_of(activations: list[ActivationInfo]) -> list[ActivationInfo]:
    """Those of a cell's activations that are gates: they lie between 0 and 1."""
    return [one for one in activations if one.span == "unit"]
