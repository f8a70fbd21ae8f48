"""The runs that are compared: which, which of them is in front, and the colour that stays with each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from explorer.runs.folder import RunFolder

MOST: Final = 8
"""How many are compared at once: as many colours can be told apart."""


class Compared:
    """Holds which runs are compared; views read it here, and keep no copy."""

    def __init__(self) -> None:
        """Begin without any."""
        self.runs: tuple[RunFolder, ...] = ()
        """The runs, the baseline first."""
        self.left_out = 0
        """How many more are marked than can be compared."""
        self._front: Path | None = None
        self._colours: dict[
            Path, int
        ] = {}  # of every run that was ever compared, the one used last at the end
        self._observers: list[Callable[[], object]] = []

    def observe(self, observer: Callable[[], object]) -> None:
        """Call `observer` after each change."""
        self._observers.append(observer)

    @property
    def at(self) -> int:
        """Where the run in front stands among the runs; 0 where there is none."""
        return next((at for at, run in enumerate(self.runs) if run.path == self._front), 0)

    @property
    def front(self) -> RunFolder | None:
        """The run in front of the others; None: there is none."""
        return self.runs[self.at] if self.runs else None

    @property
    def colours(self) -> tuple[int, ...]:
        """The number of each run's colour, from 0, in their order."""
        return tuple(self._colours[run.path] for run in self.runs)

    def compare(self, runs: Sequence[RunFolder]) -> None:
        """Compare these runs, as many as can be, the first being the baseline."""
        shown, left_out = tuple(runs[:MOST]), max(0, len(runs) - MOST)
        if [run.path for run in shown] == [run.path for run in self.runs] and left_out == self.left_out:
            return
        self.runs, self.left_out = shown, left_out
        self._colour()
        self._tell()

    def bring(self, at: int) -> None:
        """Have the run at this place in front of the others; nothing happens where there is none."""
        if 0 <= at < len(self.runs) and at != self.at:
            self._front = self.runs[at].path
            self._tell()

    def moved(self, old: Path, new: Path) -> None:
        """Have a run whose folder was renamed keep its colour, and its place in front."""
        self._colours = {new if path == old else path: colour for path, colour in self._colours.items()}
        if self._front == old:
            self._front = new

    def _colour(self) -> None:
        """Give each run a colour that no other one here has: its own of before, or the one longest unused."""
        taken = set[int]()
        for run in self.runs:
            known = self._colours.get(run.path)
            if known is not None and known not in taken:
                taken.add(known)
        kept = set[int]()
        for run in self.runs:
            colour = self._colours.pop(run.path, None)
            if colour is None or colour in kept:
                used = [one for one in self._colours.values() if one not in taken]
                unused = [one for one in range(MOST) if one not in taken and one not in used]
                colour = unused[0] if unused else used[0]
                taken.add(colour)
            kept.add(colour)
            self._colours[run.path] = colour

    def _tell(self) -> None:
        """Tell everybody who observes."""
        for observer in self._observers:
            observer()
