"""What may be done to a cell while it reads, besides its own equations: values for a cell, without torch.

`models.hook` carries it out, in one place for all cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Wipe(NamedTuple):
    """What is remembered is set to 0 before a timestep is read."""

    before: int
    """The timestep, counted from 1; before the first there is nothing to wipe."""
    state: str = ""
    """A field of the cell's state; empty: all of them."""


@dataclass(frozen=True)
class Intervention:
    """Changes to a cell that can be combined freely; none by default."""

    hold: Mapping[str, float] = field(default_factory=dict)
    """Activations by name that have this value for all units at every timestep."""
    silence: tuple[int, ...] = ()
    """Units whose h is 0 after every timestep: for the next one, and for the head."""
    wipe: tuple[Wipe, ...] = ()
    """States that are set to 0 while the sequence is read."""

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.hold or self.silence or self.wipe)


NOTHING: Final = Intervention()
"""The cell as its equations say."""
