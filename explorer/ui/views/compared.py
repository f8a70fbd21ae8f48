"""The runs that are compared: which, which of them is in front, and the colour that stays with each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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
        before = {run.path for run in self.runs}
        self.runs, self.left_out = shown, left_out
        self._colour(before)
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

    def _colour(self, before: Collection[Path]) -> None:
        """Give each run a colour that no other here has: its own, or an unused one, or the longest unused.

        Args:
            before: those that were compared until now: they keep theirs in any case.
        """
        paths, found = [run.path for run in self.runs], dict[Path, int]()
        for path in sorted(paths, key=lambda path: path not in before):
            own = self._colours.get(path)
            if own is not None and own not in found.values():
                found[path] = own
        for path in paths:
            if path not in found:
                used = [*dict.fromkeys(self._colours.values())]
                unused = (one for one in range(MOST) if one not in used)
                free = (one for one in (*unused, *used) if one not in found.values())
                found[path] = next(free)
                self._colours[path] = found[path]
        for path in paths:
            self._colours.pop(path, None)
            self._colours[path] = found[path]

    def _tell(self) -> None:
        """Tell everybody who observes."""
        for observer in self._observers:
            observer()
