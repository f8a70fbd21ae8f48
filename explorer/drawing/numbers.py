"""The values on the wires: those of the activations, and what follows from them unit by unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from explorer.drawing.plan import NUMBER, Plan

Values = Sequence[float]
"""One number for each of some units."""

_FOLLOWS: Final[Mapping[str, Callable[..., float]]] = {
    "σ": lambda a: 1 / (1 + math.exp(-a)) if a > -700 else 0.0,
    "tanh": math.tanh,
    "×": lambda a, b: a * b,
    "+": lambda a, b: a + b,
    "−": lambda a, b: a - b,
    "1−": lambda a: 1 - a,
}
"""What an operation makes of its operands."""


def values_of(plan: Plan, before: Mapping[str, Values], after: Mapping[str, Values]) -> dict[str, float]:
    """The mean over some units of what each operation computes, as far as it is known.

    An activation is what the network says that it is, also where it was held or silenced. A product of two is
    computed for each unit, because the mean of products isn't the product of means. What a matrix gives isn't
    known here.

    Args:
        plan: a drawing.
        before: the parts of the state before the timestep, by their letters; for each, one number a unit.
        after: likewise every activation of the timestep.
    """
    known: dict[str, Values] = {}
    for key, operation in plan.operations.items():
        operands = plan.operands(key)
        if operation.name in after:
            known[key] = after[operation.name]
        elif not operands:
            if operation.sign in before:
                known[key] = before[operation.sign]
        elif all(one in known for one in operands):
            parts = [known[one] for one in operands]
            if plan.is_output(key):
                known[key] = parts[0]
            elif operation.sign in _FOLLOWS:
                known[key] = [_follow(operation.sign, unit) for unit in zip(*parts, strict=True)]
    return {
        key: math.fsum(values) / len(values)
        for key, values in known.items()
        if all(map(math.isfinite, values))
    }


def _follow(sign: str, operands: tuple[float, ...]) -> float:
    """What an operation makes of one unit's operands; NaN where it takes another number of them."""
    try:
        return _FOLLOWS[sign](*operands)
    except TypeError:
        return math.nan


def number(value: float, columns: int = NUMBER) -> str:
    """A value, right-aligned, so that nothing jumps when its sign changes; at most `NUMBER` columns."""
    size = abs(value)
    text = f"{value:.2f}" if size < 99.995 else f"{value:.1f}" if size < 999.95 else f"{value:.0e}"
    return ("0.00" if text == "-0.00" else text).rjust(columns)
