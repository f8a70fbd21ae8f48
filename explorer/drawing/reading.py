"""The values on a drawing's wires at one timestep, from the answer to the question `activations`."""

from __future__ import annotations

from explorer.drawing.numbers import Values, values_of
from explorer.drawing.plan import Plan
from explorer.protocol.questions import Answer


def read_values(plan: Plan, answer: Answer, timestep: int, unit: int | None) -> dict[str, float]:
    """What each operation computed, as far as it is known.

    The state before the first timestep is 0, and so is a part of it that was wiped before this timestep.

    Args:
        plan: the cell's drawing.
        answer: every activation, (T, H).
        timestep: from 0.
        unit: one of H; None: the mean over all.
    """

    def row(name: str, timestep: int) -> Values:
        """The values of an activation after a timestep."""
        array = answer.arrays[name]
        hidden = array.shape[1]
        units = (0, hidden) if unit is None else (unit, unit + 1)
        return array.numbers[timestep * hidden :][slice(*units)]

    names = [name for name, array in answer.arrays.items() if array.axes == ("timestep", "unit")]
    after = {name: row(name, timestep) for name in names}
    wiped = {one.state for one in answer.asked.intervention.wipe if one.before == timestep + 1}
    before = {}
    for name in plan.state:
        if name in after:
            gone = timestep == 0 or name in wiped or "" in wiped
            before[name] = [0.0] * len(after[name]) if gone else row(name, timestep - 1)
    return values_of(plan, before, after)
