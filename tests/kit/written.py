"""What a cell remembers, taken apart by a loop written out by hand: unit by unit, term by term."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from models.intervention import Intervention

Terms = list[list[list[float]]]
"""By timestep now, by timestep written, by unit; numbers with a sign."""


def terms_by_hand(cell: str, found: Mapping[str, Tensor], changed: Intervention) -> Terms:
    """Return what each timestep holds of what each timestep wrote.

    Args:
        cell: lstm or gru.
        found: its activations of one sequence, each (T, H), as `read_by_hand` computes them.
        changed: what was changed in the cell meanwhile.
    """
    state = "c" if cell == "lstm" else "h"
    rows = {name: part.tolist() for name, part in found.items()}
    units, terms = range(len(rows[state][0])), []
    now: list[list[float]] = []
    for timestep in range(len(rows[state])):
        if any(wipe.before == timestep + 1 and wipe.state in ("", state) for wipe in changed.wipe):
            now = [[0.0 for _ in units] for _ in now]
        at = {name: part[timestep] for name, part in rows.items()}
        keeps, writes = [], []
        for unit in units:
            if cell == "lstm":
                keep, write = at["f"][unit], at["i"][unit] * at["g"][unit]
            else:
                keep, write = at["z"][unit], (1 - at["z"][unit]) * at["n"][unit]
            if state in changed.hold:  # what was there is gone, and this is there in its place
                keep, write = 0.0, changed.hold[state]
            if cell == "gru" and unit in changed.silence:
                keep, write = 0.0, 0.0
            keeps.append(keep)
            writes.append(write)
        now = [[keeps[unit] * term[unit] for unit in units] for term in now] + [writes]
        terms.append(now)
    return terms
