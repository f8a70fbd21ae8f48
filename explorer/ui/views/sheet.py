"""What lies on the pad: an input, (T, I), that tools turn into another one. Nothing here is changed in place.

An image's numbers are bytes, 0 for paper and 255 for ink; any other input's are float32, and each of its
channels has a scale of its own, that of the sample from which the drawing began.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from explorer.protocol.questions import Array, Given, Sample
from explorer.ui.views.activations import Activations
from explorer.ui.views.inputs import MOST, Inputs

INK: Final = 255.0
"""Full ink; paper is 0."""
_FARTHEST: Final = 3.4e38
"""The largest float32, nearly: what goes further stays finite, which is all that a network reads."""


class Stretch(NamedTuple):
    """Timesteps of one channel, or of all of them."""

    first: int
    """From 0."""
    last: int
    """The last one, included."""
    channel: int | None = None
    """None: every input."""


class Sheet(NamedTuple):
    """One input."""

    timesteps: int
    """T."""
    inputs: int
    """I."""
    image: bool
    """Whether it is an image's bytes."""
    data: bytes
    """The numbers, timestep by timestep."""
    scales: tuple[tuple[float, float], ...]
    """The ends of each input's colours."""
    blank: tuple[float, ...]
    """What each input is where it is erased: paper, or its mean in the sample from which this began."""
    source: Sample | None = None
    """The test sample that this is; None: it was drawn, or changed."""
    name: str = ""
    """What it is saved as; empty: it isn't."""

    @classmethod
    def of(cls, answer: Activations, source: Sample | None) -> Sheet:
        """The input of an answer; of more than `MOST` numbers, every so many timesteps give the means."""
        image, inputs, numbers = not answer.scaled, answer.inputs, answer.pixels
        every = inputs * math.ceil(len(numbers) / MOST)
        blank = [0.0 if image else _mean(numbers[which::every].tolist()) for which in range(inputs)]
        scales = tuple(Inputs(answer).limits)
        return cls(answer.timesteps, inputs, image, bytes(numbers), scales, tuple(blank), source)

    @property
    def given(self) -> Given:
        """It as the subject of questions."""
        shape = self.timesteps, self.inputs
        return Given(Array(("timestep", "input"), shape, "uint8" if self.image else "float32", self.data))

    @property
    def subject(self) -> Sample | Given:
        """What questions about it are asked of: the test sample, as long as it is one."""
        return self.source or self.given

    @property
    def numbers(self) -> array[float]:
        """A copy of the numbers, to be changed."""
        return array("B" if self.image else "f", self.data)

    def at(self, timestep: int, channel: int) -> float:
        """One number."""
        return float(self.given.x.numbers[timestep * self.inputs + channel])

    def shares(self, timestep: int, group: int = 1) -> list[float]:
        """One timestep's numbers as shares of their scales, 0 to 1; or the means of so many inputs each."""
        start = timestep * self.inputs
        row = self.given.x.numbers[start : start + self.inputs].tolist()
        found = [
            min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0
            for value, (low, high) in zip(row, self.scales, strict=True)
        ]
        parts = [found[at : at + group] for at in range(0, len(found), group)] if group > 1 else []
        return [sum(part) / len(part) for part in parts] if parts else found

    def whole(self, channel: int | None = None) -> Stretch:
        """Every timestep."""
        return Stretch(0, self.timesteps - 1, channel)

    def part(self, stretch: Stretch) -> list[float]:
        """The numbers of a stretch, timestep by timestep."""
        return [*map(float, self.given.x.numbers[self._slice(stretch)].tolist())]

    def called(self, name: str) -> Sheet:
        """The same, saved as this."""
        return self._replace(name=name)

    def another(self, timesteps: int, data: bytes, name: str) -> Sheet:
        """Another input of the same kind, on the same scales, that is saved as this."""
        return self._replace(timesteps=timesteps, data=data, source=None, name=name)

    def changed(self, numbers: array[float]) -> Sheet:
        """The same with other numbers; itself where none differs."""
        data = numbers.tobytes()
        return self if data == self.data else self._replace(data=data, source=None, name="")

    def with_part(self, stretch: Stretch, values: Sequence[float]) -> Sheet:
        """The same with these numbers in a stretch."""
        numbers = self.numbers
        numbers[self._slice(stretch)] = array(numbers.typecode, map(self._fit(), values))
        return self.changed(numbers)

    def with_values(self, values: Mapping[int, float]) -> Sheet:
        """The same with these numbers, by their places in row-major order."""
        numbers, fit = self.numbers, self._fit()
        for place, value in values.items():
            numbers[place] = fit(value)
        return self.changed(numbers)

    def _slice(self, stretch: Stretch) -> slice:
        """Where a stretch is among the numbers."""
        start, stop = stretch.first * self.inputs, (stretch.last + 1) * self.inputs
        return (
            slice(start, stop)
            if stretch.channel is None
            else slice(start + stretch.channel, stop, self.inputs)
        )

    def _fit(self) -> Callable[[float], float]:
        """What makes a number one that this can hold: an image's byte, or a finite one."""
        if self.image:
            return lambda value: int(min(INK, max(0.0, value)) + 0.5)
        return lambda value: min(_FARTHEST, max(-_FARTHEST, value))


def cleared(sheet: Sheet, stretch: Stretch) -> Sheet:
    """A stretch as paper, or as the mean of each channel."""
    blank = sheet.blank if stretch.channel is None else (sheet.blank[stretch.channel],)
    return sheet.with_part(stretch, blank * (stretch.last - stretch.first + 1))


def mapped(sheet: Sheet, stretch: Stretch, change: Callable[[float], float]) -> Sheet:
    """A stretch with each number changed."""
    return sheet.with_part(stretch, [*map(change, sheet.part(stretch))])


def pasted(sheet: Sheet, first: int, numbers: Sequence[float], channel: int | None = None) -> Sheet:
    """Timesteps from elsewhere, beginning at `first`, which may lie outside; what doesn't fit is left out.

    Args:
        sheet: what they are put on.
        first: the timestep at which they begin.
        numbers: timestep by timestep, of one channel or of all.
        channel: which one; None: all.
    """
    width = sheet.inputs if channel is None else 1
    count = len(numbers) // width
    begin, end = max(0, first), min(sheet.timesteps, first + count)
    if begin >= end:
        return sheet
    shown = numbers[(begin - first) * width : (end - first) * width]
    return sheet.with_part(Stretch(begin, end - 1, channel), shown)


def moved(sheet: Sheet, stretch: Stretch, by: int) -> Sheet:
    """A stretch so many timesteps later, or earlier; where it was and isn't any more is erased."""
    return pasted(cleared(sheet, stretch), stretch.first + by, sheet.part(stretch), stretch.channel)


def _mean(values: Sequence[float]) -> float:
    """The mean of the values that are finite; 0 where none is."""
    finite = [*filter(math.isfinite, values)]
    return sum(finite) / len(finite) if finite else 0.0
