"""Which steps the checkpoints on disk are of, by their names; nothing is read."""

from __future__ import annotations

from explorer.runs.folder import RunFolder, step_of


def oldest_step(folder: RunFolder) -> int:
    """The step of the oldest checkpoint on disk; 0 if there is none, or its name has no step."""
    return min(saved_steps(folder), default=0)


def newest_step(folder: RunFolder) -> int:
    """The step of the newest checkpoint on disk, which needn't be good; 0 as for the oldest."""
    return max(saved_steps(folder), default=0)


def saved_steps(folder: RunFolder) -> list[int]:
    """The steps in the names of the checkpoints on disk."""
    return [step for path in folder.checkpoint_files() if (step := step_of(path)) is not None]
