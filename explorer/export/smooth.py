"""A smoothing as a person types it."""

from __future__ import annotations

from explorer.runs.smoothing import SMOOTHING, factor_of
from explorer.system.errors import UsageError


def parse_smoothing(text: str) -> float:
    """The factor that a name or a number means, 0 ≤ factor < 1.

    Raises:
        UsageError: it means none.
    """
    factor = factor_of(text)
    if factor is None:
        raise UsageError(
            f"--smooth takes {', '.join(SMOOTHING)}, or a number from 0 to below 1, not {text!r}"
        )
    return factor
