"""The rank of this process among the processes of one training, as set by `torchrun`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.system.errors import UsageError

_OWN: Final = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
"""The variables that say which of the processes this is."""
_MEETING: Final = ("MASTER_ADDR", "MASTER_PORT")
"""Those that say where they meet."""


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

        A cluster may use some of these names for something else. But a rank, a number of processes and a
        place to meet are meant for torch, whoever has set them.

        Raises:
            UsageError: one of them is missing or isn't a whole number.
        """
        meant = all(name in environment for name in (*_OWN[:2], *_MEETING))
        if "TORCHELASTIC_RUN_ID" not in environment and (not meant or environment["WORLD_SIZE"] == "1"):
            return cls()
        if missing := [name for name in _OWN if name not in environment]:
            plural = "is" if len(missing) == 1 else "are"
            alone = "to train in one process, unset RANK and WORLD_SIZE"
            raise UsageError(f"{', '.join(missing)} {plural} missing; torchrun sets them ({alone})")
        try:
            return cls(*(int(environment[name]) for name in _OWN))
        except ValueError:
            raise UsageError(f"{', '.join(_OWN)} must be whole numbers, as torchrun sets them") from None


ALONE: Final = Rank()
"""A process that trains by itself."""
