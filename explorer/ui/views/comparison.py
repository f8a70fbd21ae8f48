"""One sample as it is read with a change and without it, and how the two differ: without a screen."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from functools import cached_property
from typing import Final, NamedTuple

from explorer.protocol.questions import Answer
from explorer.ui.views.activations import Activations
from explorer.ui.views.belief_data import Beliefs, columns_of
from explorer.ui.views.columns import Columns
from explorer.ui.views.heatmap import STEADY, Readings
from explorer.ui.views.inputs import MOST
from explorer.ui.views.reach import reach
from explorer.ui.widgets import palette

LEAST: Final = 0.01
"""The end of a difference's scale at least: what differs less isn't worth a colour."""


class Way(NamedTuple):
    """One way to read the sample."""

    readings: Readings
    """Its activations."""
    beliefs: Beliefs
    """The share of each class after each timestep."""

    @property
    def answer(self) -> Activations:
        """The activations, taken apart."""
        return self.readings.answer

    @property
    def timesteps(self) -> int:
        """T: appended timesteps count."""
        return self.answer.timesteps


class Comparison:
    """What is shown: the sample as it is read without a change, with it, or both."""

    def __init__(
        self, pairs: list[Mapping[str, Answer]], before: Comparison | None = None, steady: float = STEADY
    ) -> None:
        """Take apart the answers to `activations` and `belief`.

        Args:
            pairs: one or two, of which one at most has no intervention.
            before: what is painted now, while the weights are learning: as in `Readings`.
            steady: as in `Readings`.

        Raises:
            ValueError: they aren't what the questions promise, or are about different cells.
        """
        self.without: Way | None = None
        """Without any change; None: that isn't asked about."""
        self.changed: Way | None = None
        """With the change that its answer says; None: nothing is changed."""
        for pair in pairs:
            read, beliefs = Activations(pair["activations"]), Beliefs(pair["belief"])
            if (beliefs.timesteps, beliefs.count) != (read.timesteps, len(read.classes)):
                raise ValueError("a belief and activations of different shapes")
            old = before and (before.changed if read.asked.intervention else before.without)
            way = Way(Readings(read, old.readings if old else None, steady), beliefs)
            if read.asked.intervention:
                self.changed = way
            else:
                self.without = way
        self.ways = [one for one in (self.without, self.changed) if one]
        """Those that there are, the one without first."""
        cells = [(one.answer.infos, one.answer.hidden, one.answer.classes) for one in self.ways]
        if not cells or cells[0] != cells[-1]:
            raise ValueError("answers about different cells")
        self._reaches: dict[int, float] = {}
        self._before = before._reaches if before and before.answer.like(self.answer) else {}

    @property
    def answer(self) -> Activations:
        """The sample as it is read: with the change, if there is one."""
        return self.ways[-1].answer

    @property
    def timesteps(self) -> int:
        """T of the longer one."""
        return max(one.timesteps for one in self.ways)

    @property
    def steps(self) -> list[int]:
        """The steps of the weights, each once."""
        return sorted({one.answer.step for one in self.ways})

    @property
    def both(self) -> tuple[Way, Way] | None:
        """Without and with, if there are both."""
        return (self.without, self.changed) if self.without and self.changed else None

    @property
    def shared(self) -> int:
        """How many timesteps are read both ways."""
        return min(one.timesteps for one in self.ways)

    @cached_property
    def parts_at(self) -> int | None:
        """The first timestep, from 1, after which the likeliest class is another one; None: there is none."""
        for timestep in range(self.shared if self.both else 0):
            rows = [one.beliefs.row(timestep) for one in self.ways]
            if len({row.index(max(row)) for row in rows}) > 1:
                return timestep + 1
        return None

    def reach(self, activation: int) -> float:
        """How far the difference of an activation goes: what its colours' ends stand for.

        Of one without bounds, that of its tanh. At most 1 in a gate, 2 elsewhere; the farthest 2 % get the
        ends. While the weights learn, it stays as long as it fits.
        """
        if activation not in self._reaches:
            hidden = self.answer.hidden
            count = self.shared * hidden
            every = math.ceil(count / MOST)
            while math.gcd(every, hidden) > 1:  # else only some units would take part
                every += 1
            plain, read = (self._thinned(one, activation, slice(0, count, every)) for one in self.ways)
            differences = array("f", (one - other for one, other in zip(read, plain, strict=True)))
            before = self._before.get(activation, 0.0)
            self._reaches[activation] = reach(memoryview(differences), 1, before, LEAST)
        return self._reaches[activation]

    def _thinned(self, way: Way, activation: int, which: slice) -> list[float]:
        """Some of an activation's values; of one without bounds, of its tanh."""
        values: list[float] = [*way.answer.values[activation][which]]
        return [*map(math.tanh, values)] if way.readings.squashed(activation) else values

    def levels(self, activation: int, timestep: int, columns: Columns, levels: int) -> list[int]:
        """The colours of the difference at one timestep of a map, 0 to `levels` - 1; NaN counts as 0."""
        plain, read = (one.readings.painted(activation, timestep, columns, levels) for one in self.ways)
        return _differing(read, plain, self.reach(activation), levels)

    def columns(self, room: int, also: int | None) -> list[int]:
        """The classes that are shown of every way where `room` fit; `also` is among them."""
        return columns_of([one.beliefs for one in self.ways], room, also)

    def belief_levels(self, timestep: int, shown: list[int], levels: int) -> list[int]:
        """The colours of the difference of some classes' shares at one timestep, on a scale of ±1."""
        plain, read = (one.beliefs.row(timestep) for one in self.ways)
        return _differing([read[k] for k in shown], [plain[k] for k in shown], 1.0, levels)


def _differing(read: list[float], plain: list[float], far: float, levels: int) -> list[int]:
    """The colours of with − without, on a scale of ±`far`."""
    differences = (one - other for one, other in zip(read, plain, strict=True))
    return [palette.level(0.0 if math.isnan(one) else one, -far, far, levels) for one in differences]
