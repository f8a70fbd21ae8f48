"""The cells that are laid out by hand: one line each. Any other is laid out by what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Final

from explorer.drawing.layered import lay_out
from explorer.drawing.plan import Plan
from explorer.runs.events import OperationInfo

DRAWINGS: Final[Mapping[str, str]] = {
    "lstm": "explorer.drawing.lstm:DRAWING",
    "gru": "explorer.drawing.gru:DRAWING",
    "rnn": "explorer.drawing.rnn:DRAWING",
}
"""Each one's drawing, as `module:name`, by the name of the cell in `models.registry.CELLS`."""


def plan_of(cell: str, operations: Sequence[OperationInfo], equations: Sequence[str]) -> Plan | None:
    """The drawing of a cell; None where it isn't laid out by hand, and its run doesn't say what it computes.

    Args:
        cell: its name.
        operations: what it computes, as its run says.
        equations: the same for a person.
    """
    if cell in DRAWINGS:
        plan: Plan = resolve_name(DRAWINGS[cell])
        return plan
    return lay_out(operations, equations) if operations else None
