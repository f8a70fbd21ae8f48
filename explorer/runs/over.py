"""What lies to the right in the curves: steps, epochs, or seconds of training; all ascend with the steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args, overload

from explorer.runs.history import History

Over = Literal["steps", "epochs", "seconds"]
OVERS: Final[tuple[Over, ...]] = get_args(Over)


class Places(Sequence[float]):
    """Where some steps are on the axis, computed when asked for: a search reads few of a million."""

    def __init__(self, steps: Sequence[float], place: Callable[[float], float]) -> None:
        """Convert steps, ascending, by a function that ascends too."""
        self._steps, self._place = steps, place

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> float: ...

    @overload
    def __getitem__(self, index: slice) -> Places: ...

    def __getitem__(self, index: int | slice) -> float | Places:
        """The place of one step, or of several."""
        if isinstance(index, slice):
            return Places(self._steps[index], self._place)
        return self._place(self._steps[index])


def place(history: History, over: Over, step: float) -> float:
    """Where a step is on the axis; beyond the newest one, seconds pass as fast as on average so far."""
    match over:
        case "epochs":
            return step / max(history.steps_per_epoch, 1)
        case "seconds":
            steps, seconds = history.train.steps, history.train["seconds"].values
            if not steps:
                return float(step)
            if step > steps[-1]:
                return seconds[-1] * step / steps[-1]
            at = bisect_right(steps, step)
            return seconds[at - 1] if at else 0.0
    return step


def places(history: History, over: Over, steps: Sequence[float]) -> Sequence[float]:
    """Where some steps are on the axis, ascending as they do."""
    if over == "steps":
        return steps
    if over == "seconds" and steps is history.train.steps:
        return history.train["seconds"].values
    if over == "epochs":
        per_epoch = max(history.steps_per_epoch, 1)
        return Places(steps, lambda step: step / per_epoch)
    return Places(steps, lambda step: place(history, over, step))
