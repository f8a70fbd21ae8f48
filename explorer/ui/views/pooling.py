"""What a column shows that several units share: their mean, or of a gate how many are open, or shut.

A mean of 0.5 hides whether all units are half open, or half of them open and the others shut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from explorer.ui.widgets.palette import Span

Pooled = Literal["", "mean", "open", "shut"]
"""Units one by one; or all of them, several to a column."""
MODES: Final[Sequence[Pooled]] = ("", "mean", "open", "shut")
"""The modes, in the order of their key."""
OPEN: Final = 0.9
"""A gate of more is open."""
SHUT: Final = 0.1
"""A gate of less is shut."""
SHARES: Final[Mapping[Pooled, str]] = {"open": f"> {OPEN:g}", "shut": f"< {SHUT:g}"}
"""Of which units a share is shown."""


def after(pooled: Pooled, gates: bool) -> Pooled:
    """The next mode; those of gates exist where a cell has any."""
    modes = MODES if gates else MODES[:2]
    return modes[(modes.index(pooled) + 1) % len(modes)]


def condition(pooled: Pooled, span: Span) -> str:
    """Of which units the share is shown: `> 0.9`; empty: their mean is, as of all that is no gate."""
    return SHARES.get(pooled, "") if span == "unit" else ""


def counted(values: Sequence[float], pooled: Pooled, span: Span) -> Sequence[float]:
    """What the mean of several units is taken of: their values; for a share, whether each of them counts."""
    if span != "unit" or pooled not in SHARES:
        return values
    if pooled == "open":
        return [value > OPEN for value in values]
    return [value < SHUT for value in values]
