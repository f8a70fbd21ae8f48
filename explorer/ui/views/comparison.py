"""One sample as it is read in two ways, and how the two differ: without a screen.

The ways are with a change and without it, by the same weights, or by two runs, perhaps of other cells.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from explorer.protocol.questions import Answer
from explorer.ui.views.activations import Activations
from explorer.ui.views.belief_data import columns_of
from explorer.ui.views.columns import Columns
from explorer.ui.views.heatmap import STEADY
from explorer.ui.views.inputs import MOST
from explorer.ui.views.reach import reach
from explorer.ui.views.way import Way
from explorer.ui.widgets import palette

LEAST: Final = 0.01
"""The end of a difference's scale at least: what differs less isn't worth a colour."""


class Comparison:
    """What is shown: the sample as it is read in the first way, in the second, or in both."""

    def __init__(self, first: Way | None, second: Way | None, before: Comparison | None = None) -> None:
        """Compare two ways to read a sample; one may be missing.

        Args:
            first: without any change; or by the run that is open.
            second: with the change that its answer says; or by the other run.
            before: what is painted now, while the weights are learning: scales stay as long as they fit.

        Raises:
            ValueError: there is neither.
        """
        self.first, self.second = first, second
        self.ways = [one for one in (first, second) if one]
        """Those that there are."""
        if not self.ways:
            raise ValueError("nothing to compare")
        self._reaches: dict[str, float] = {}
        self._before = before._reaches if before and before._like(self) else {}

    def _like(self, other: Comparison) -> bool:
        """Whether another one is of the same selections in the same cells."""
        pairs = zip(self.ways, other.ways, strict=False)
        return len(self.ways) == len(other.ways) and all(one.answer.like(two.answer) for one, two in pairs)

    @property
    def answer(self) -> Activations:
        """The sample as it is read in the last of the ways."""
        return self.ways[-1].answer

    @property
    def timesteps(self) -> int:
        """T of the longer one."""
        return max(one.timesteps for one in self.ways)

    @property
    def hidden(self) -> int:
        """H of the larger one."""
        return max(one.answer.hidden for one in self.ways)

    @property
    def classes(self) -> int:
        """K of the larger one."""
        return max(len(one.answer.classes) for one in self.ways)

    @property
    def letters(self) -> list[str]:
        """The names of all activations, each once."""
        return [*dict.fromkeys(letter for one in self.ways for letter in one.letters)]

    @property
    def steps(self) -> list[int]:
        """The steps of the weights of each way; equal ones once."""
        return [*dict.fromkeys(one.answer.step for one in self.ways)]

    @property
    def both(self) -> tuple[Way, Way] | None:
        """The two, if there are both."""
        return (self.first, self.second) if self.first and self.second else None

    @property
    def shared(self) -> int:
        """How many timesteps are read in both ways."""
        return min(one.timesteps for one in self.ways)

    @property
    def same_classes(self) -> bool:
        """Whether all ways read a sample as one of the same classes."""
        return len({one.answer.classes for one in self.ways}) == 1

    @cached_property
    def parts_at(self) -> int | None:
        """The first timestep, from 1, after which the likeliest class is another one; None: there is none."""
        for timestep in range(self.shared if self.both and self.same_classes else 0):
            rows = [one.beliefs.row(timestep) for one in self.ways]
            if len({row.index(max(row)) for row in rows}) > 1:
                return timestep + 1
        return None

    def gap(self, letter: str) -> str:
        """Why the maps of an activation have no difference, in a few words; empty: they have one."""
        if self.both is None:
            return "there is only one"
        for one, other in (self.both, self.both[::-1]):
            wanted = letter if letter in self.letters else one.info(letter).name
            if wanted not in other.letters:
                return f"the {other.cell} has no {wanted}"
        one, other = self.both
        mine, theirs = one.info(letter), other.info(letter)
        if mine != theirs:
            return f"{mine.name} is {mine.label} and {theirs.label}"
        hidden = one.answer.hidden, other.answer.hidden
        return "" if hidden[0] == hidden[1] else f"{hidden[0]:,} and {hidden[1]:,} units"

    def reach(self, letter: str) -> float:
        """How far the difference of an activation goes: what its colours' ends stand for.

        Of one without bounds, that of its tanh. At most 1 in a gate, 2 elsewhere; the farthest 2 % get the
        ends. While the weights learn, it stays as long as it fits.
        """
        if letter not in self._reaches:
            hidden = self.answer.hidden
            count = self.shared * hidden
            every = math.ceil(count / MOST)
            while math.gcd(every, hidden) > 1:  # else only some units would take part
                every += 1
            plain, read = (self._thinned(one, letter, slice(0, count, every)) for one in self.ways)
            differences = array("f", (one - other for one, other in zip(read, plain, strict=True)))
            before = self._before.get(letter, 0.0)
            self._reaches[letter] = reach(memoryview(differences), 1, before, LEAST)
        return self._reaches[letter]

    def _thinned(self, way: Way, letter: str, which: slice) -> list[float]:
        """Some of an activation's values; of one without bounds, of its tanh."""
        activation = way.activation(letter)
        values: list[float] = [*way.answer.values[activation][which]]
        return [*map(math.tanh, values)] if way.readings.squashed(activation) else values

    def levels(self, letter: str, timestep: int, columns: Columns, levels: int) -> list[int]:
        """The colours of the difference at one timestep of a map, 0 to `levels` - 1; NaN counts as 0."""
        plain, read = (
            one.readings.painted(one.activation(letter), timestep, columns, levels) for one in self.ways
        )
        return _differing(read, plain, self.reach(letter), levels)

    def columns(self, room: int, also: int | None) -> list[list[int]]:
        """The classes that are shown of each way where `room` fit; `also` is among them.

        They are the same ones for all ways, where these have the same classes.
        """
        if self.same_classes:
            return [columns_of([one.beliefs for one in self.ways], room, also)] * len(self.ways)
        return [one.beliefs.columns(room, also) for one in self.ways]

    def belief_levels(self, timestep: int, shown: list[int], levels: int) -> list[int]:
        """The colours of the difference of some classes' shares at one timestep, on a scale of ±1."""
        plain, read = (one.beliefs.row(timestep) for one in self.ways)
        return _differing([read[k] for k in shown], [plain[k] for k in shown], 1.0, levels)


def with_and_without(
    readings: Sequence[Mapping[str, Answer]], before: Comparison | None = None, steady: float = STEADY
) -> Comparison:
    """Compare a sample as it is read by the same weights with a change and without it.

    Args:
        readings: one or two, each with the answers to `activations` and `belief`; in any order.
        before: what is painted now, while the weights are learning.
        steady: as in `Readings`.

    Raises:
        ValueError: they aren't what the questions promise, or are about different cells.
    """
    ways: dict[bool, Way] = {}
    for answers in readings:
        changed = bool(answers["activations"].asked.intervention)
        shown = (before.second if changed else before.first) if before else None
        ways[changed] = Way.of(answers, shown, steady)
    cells = [(one.answer.infos, one.answer.hidden, one.answer.classes) for one in ways.values()]
    if cells and cells[0] != cells[-1]:
        raise ValueError("answers about different cells")
    return Comparison(ways.get(False), ways.get(True), before)


def _differing(read: list[float], plain: list[float], far: float, levels: int) -> list[int]:
    """The colours of second − first, on a scale of ±`far`."""
    differences = (one - other for one, other in zip(read, plain, strict=True))
    return [palette.level(0.0 if math.isnan(one) else one, -far, far, levels) for one in differences]
