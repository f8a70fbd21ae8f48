"""Where the memory at the cursor comes from, in words, in as many as there is room for."""

from __future__ import annotations

from explorer.ui.views.sources_data import Shares


def come_from(shares: Shares, timestep: int, room: int) -> str:
    """The timesteps that wrote most of what is held after one, the largest share first, in one line.

    Args:
        shares: all of them.
        timestep: the one under the cursor, from 0.
        room: columns; what doesn't fit is left out whole.
    """
    long = f"{shares.memory} after timestep {timestep + 1:,} of {shares.timesteps:,} was written at "
    parts = [f"{one.timestep + 1:,}: {one.share:.0%}" for one in shares.held(timestep)]
    line = (long if len(long) <= room // 2 else "written at ") + parts[0]
    for part in parts[1:]:
        if part.endswith(": 0%") or len(line) + 2 + len(part) > room:
            break
        line += f", {part}"
    return line


def earlier(shares: Shares, timestep: int, first: int) -> str:
    """How much of it was written before the first timestep that is shown; empty: all of them are shown."""
    if not first:
        return ""
    share = sum(shares.share(one, timestep) for one in range(min(first, timestep + 1)))
    return f"before {first + 1:,}: {share:.0%}"
