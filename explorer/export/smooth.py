"""A smoothing as a person types it."""

from __future__ import annotations

from explorer.runs.smoothing import SMOOTHING
from explorer.system.errors import UsageError


def parse_smoothing(text: str) -> float:
    """The factor that a name or a number means, 0 ≤ factor < 1.

    Raises:
        UsageError: it means none.
    """
    name = text.strip().lower()
    if name in SMOOTHING:
        return SMOOTHING[name]
    try:
        factor = float(name)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < 1:
        raise UsageError(
            f"--smooth takes {', '.join(SMOOTHING)}, or a number from 0 to below 1, not {text!r}"
        )
    return factor
