"""Which of the processes of one training this is, as `torchrun` says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.runs.errors import UsageError


class Rank(NamedTuple):
    """One process among those that train together."""

    rank: int = 0
    """Counted from 0; the first records, answers and saves."""
    size: int = 1
    """How many there are, on all machines."""
    local_rank: int = 0
    """Counted from 0 on this machine."""
    local_size: int = 1
    """How many there are on this machine."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Rank:
        """From the variables that `torchrun` sets for each of its processes; without them: alone.

        Raises:
            UsageError: they make no sense.
        """
        if "TORCHELASTIC_RUN_ID" not in environment:
            return cls()
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        try:
            return cls(*(int(environment[name]) for name in names))
        except (KeyError, ValueError):
            raise UsageError(f"torchrun sets {', '.join(names)}; here they say something else") from None


ALONE: Final = Rank()
"""A process that trains by itself."""
