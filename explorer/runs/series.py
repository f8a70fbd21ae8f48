"""Values over the steps of a run of any length: those that come together share the column of their steps."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import Final

from explorer.runs.blocks import Line, doubles
from explorer.runs.smoothing import Part, Smoothed

LATEST_INSERT = 100_000
"""How many points back a late step is still inserted: that moves 800 KB, in some 20 µs. A step later
than that isn't from one of our engines."""

FACTORS: Final = 4
"""Of how many factors what is smoothed is kept: of a million points, 200 KB each."""
MOST_APART: Final = 50_000
"""The most points that are smoothed by themselves, in 5 ms, while the whole line isn't yet."""


@dataclass
class Series(Line):
    """One value over the steps."""

    steps: Sequence[float] = field(default_factory=doubles)
    """x: the step, ascending; other series may have the same ones."""
    values: array[float] = field(default_factory=doubles)
    """y: the value; NaN where there was none."""

    def __post_init__(self) -> None:
        """Begin without anything kept."""
        super().__init__()
        self._smoothed: dict[float, Smoothed] = {}

    def __len__(self) -> int:
        """How many points there are."""
        return len(self.values)

    def stretch(self, first: int, end: int) -> array[float]:
        """The values of the points from `first` up to `end`."""
        return self.values[first:end]

    def smoothed(self, factor: float) -> Line:
        """The same, smoothed; of the latest factors, what was computed is kept.

        Args:
            factor: 0 ≤ factor < 1, as `Smoothed` has it; 0: the values as they are.
        """
        return self._smoothed_by(factor) if factor else self

    def smoothed_part(self, factor: float, first: int, end: int) -> tuple[Line, int]:
        """A line that has the smoothed points from `first` up to `end`, and the index of its first.

        It is all of it, as from `smoothed`, unless these are far from what is known of it, and few.
        """
        if not factor:
            return self, 0
        whole = self._smoothed_by(factor)
        if whole.knows(end) or end <= MOST_APART or end - first > MOST_APART:
            return whole, 0
        return Part(self, factor, first, end), first

    def prepare(self, factor: float, blocks: int) -> bool:
        """Smooth at most so many blocks, before anyone asks for them; whether there are more."""
        return self._smoothed_by(factor).prepare(blocks)

    def _smoothed_by(self, factor: float) -> Smoothed:
        """The line smoothed by a factor above 0, of which there are as many as are kept."""
        if factor not in self._smoothed:
            if len(self._smoothed) == FACTORS:
                del self._smoothed[next(iter(self._smoothed))]
            self._smoothed[factor] = Smoothed(self, factor)
        return self._smoothed[factor]

    def insert(self, index: int, value: float) -> None:
        """Insert a value before others; the caller does the same with the steps."""
        self.values.insert(index, value)
        self.cut(index)

    def cut(self, index: int) -> None:
        """Forget what is kept of the points from this one on: they have changed."""
        super().cut(index)
        for smoothed in self._smoothed.values():
            smoothed.cut(index)


class Columns:
    """Series that have a value each at the same steps."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """Begin without steps.

        Args:
            kinds: the series' names, and how their values are kept: `d` in 8 bytes each, `f` in 4.
        """
        self.steps: range | array[float] = range(0)
        """The steps, ascending: a range, which takes no room, as long as none is missing or late."""
        self._series = {name: Series(self.steps, array(kind)) for name, kind in kinds.items()}

    def __getitem__(self, name: str) -> Series:
        """The series of this name."""
        return self._series[name]

    def __iter__(self) -> Iterator[str]:
        """The series' names."""
        return iter(self._series)

    def __eq__(self, other: object) -> bool:
        """Whether the other has the same steps with the same values."""
        if not isinstance(other, Columns) or list(self) != list(other):
            return False
        alike = (self[name].values == other[name].values for name in self)
        return list(self.steps) == list(other.steps) and all(alike)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        """All of it."""
        return f"Columns({list(self._series.values())})"

    def add(self, step: int, values: Sequence[float]) -> bool:
        """Insert one value of each, nearly always at the end; false if their step is there, or is too late.

        A resumed engine records again the steps that damage took from the file: those are late.
        """
        series = zip(self._series.values(), values, strict=True)
        if not self.steps or step > self.steps[-1]:
            self._append([step])
            for one, value in series:
                one.values.append(value)
            return True
        index = bisect_left(self.steps, step)
        if self.steps[index] == step or len(self.steps) - index > LATEST_INSERT:
            return False
        self._listed().insert(index, step)
        for one, value in series:
            one.insert(index, value)
        return True

    def cut(self, step: int) -> None:
        """Forget all steps after this one."""
        end = bisect_right(self.steps, step)
        if isinstance(self.steps, range):
            self._keep(self.steps[:end])
        else:
            del self.steps[end:]
        for one in self._series.values():
            del one.values[end:]
            one.cut(end)

    def follows(self, steps: Sequence[int]) -> bool:
        """Whether these steps ascend, from the last one on."""
        if self.steps and steps[0] <= self.steps[-1]:
            return False
        return steps == list(range(steps[0], steps[0] + len(steps))) or all(map(lt, steps, steps[1:]))

    def extend(self, steps: Sequence[int], values: Sequence[array[float]]) -> None:
        """Append steps that follow, with the values of each series, of its own kind, all together.

        A million steps of six values take 0.3 s; one by one, 1.5 s.
        """
        self._append(steps)
        for one, column in zip(self._series.values(), values, strict=True):
            one.values.extend(column)

    def _append(self, steps: Sequence[int]) -> None:
        """Append steps that follow."""
        first, last = steps[0], steps[-1]
        unbroken = last - first == len(steps) - 1 and (not self.steps or first == self.steps[-1] + 1)
        if unbroken and isinstance(self.steps, range):
            self._keep(range(self.steps.start if self.steps else first, last + 1))
        else:
            self._listed().extend(steps)

    def _listed(self) -> array[float]:
        """The steps one by one, from now on."""
        steps = self.steps
        if isinstance(steps, range):
            steps = array("d", steps)
            self._keep(steps)
        return steps

    def _keep(self, steps: range | array[float]) -> None:
        """Have these steps, in every series."""
        self.steps = steps
        for one in self._series.values():
            one.steps = steps
