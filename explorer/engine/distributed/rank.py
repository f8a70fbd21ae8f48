"""The rank of this process among the processes of one training, as set by `torchrun`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.runs.errors import UsageError


class Rank(NamedTuple):
    """One of the processes that train together."""

    rank: int = 0
    """Counted from 0; rank 0 records, answers and saves."""
    size: int = 1
    """Number of processes on all machines."""
    local_rank: int = 0
    """Counted from 0 on this machine."""
    local_size: int = 1
    """Number of processes on this machine."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Rank:
        """Read the variables that `torchrun` sets for each of its processes; without them, it is alone.

        Raises:
            UsageError: one of them is missing or isn't a whole number.
        """
        if "TORCHELASTIC_RUN_ID" not in environment:
            return cls()
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        try:
            return cls(*(int(environment[name]) for name in names))
        except (KeyError, ValueError):
            raise UsageError(f"{', '.join(names)} must be whole numbers, as torchrun sets them") from None


ALONE: Final = Rank()
"""A process that trains by itself."""
