"""The answer to the question `unit`, checked and taken apart for painting and for the words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from explorer.protocol.questions import Answer


class Curve(NamedTuple):
    """Something of the unit over time."""

    name: str
    """In the cell's letters: `f·c`, `o`."""
    values: Sequence[float]
    """(T,)."""
    colour: str
    """The activation whose colour it has: of what is kept or written, the one that only that has."""
    span: str
    """Its range, as in `Array`."""


class Product(NamedTuple):
    """What is kept or written at a timestep."""

    value: float
    factors: tuple[float, ...]
    """The numbers that it is the product of; none: it was put there by an intervention."""


class OneUnit:
    """What one hidden unit does while a sequence is read."""

    def __init__(self, answer: Answer) -> None:
        """Take apart an answer; nothing is copied.

        Raises:
            ValueError: it isn't what the question promises: from an engine of another version, perhaps.
        """
        parts = {name: part for name, part in answer.arrays.items() if part.axes == ("timestep",)}
        votes = answer.arrays.get("votes_over_time")
        self.activations = [name for name in parts if name not in ("kept", "written")]
        """Their letters, in the cell's order."""
        if votes is None or votes.axes != ("timestep", "class") or not self.activations:
            raise ValueError("no votes, or no activations, among the answer's arrays")
        self.timesteps, self._count = votes.shape
        """T, and K."""
        if not self.timesteps or any(
            one.dtype != "float32" or one.shape[0] != self.timesteps for one in (votes, *parts.values())
        ):
            raise ValueError("a unit whose arrays disagree")
        self.output = "h" if "h" in self.activations else self.activations[-1]
        """The letter of what the head and the next timestep read."""
        self._votes = votes.numbers
        self.classes = votes.coordinates.get("class", tuple(map(str, range(self._count))))
        """The names of the K classes."""
        unit, memory, half_life = (answer.facts.get(name) for name in ("unit", "memory", "half_life"))
        if not isinstance(unit, int) or len(self.classes) != self._count:
            raise ValueError("a unit without its number, or classes without their names")
        self.number = unit
        """Which unit, from 0."""
        self.memory = memory if isinstance(memory, str) else None
        """The letter of what it remembers; None: the cell declares nothing."""
        self.state = [*dict.fromkeys(one for one in (self.output, self.memory) if one)]
        """The letters of what the next timestep gets, the output first."""
        self.half_life = float(half_life) if isinstance(half_life, int | float) else None
        """In timesteps, if nothing were written; None: nothing fades, or the cell declares nothing."""
        self.step = answer.step
        """How many steps the weights have been trained."""
        self._parts = {name: part.numbers for name, part in parts.items()}
        self.kept_as = self.written_as = ""
        """The two summands of what it remembers in the cell's letters; empty: the cell declares nothing."""
        if self.memory is not None:
            if not {self.memory, "kept", "written"} <= parts.keys():
                raise ValueError("a unit's memory without what it is the sum of")
            self.kept_as, self.written_as = parts["kept"].label, parts["written"].label
        keep, write = ([_letter(one) for one in name.split("·")] for name in (self.kept_as, self.written_as))
        factors = {*keep, *write} - {""}
        if not factors <= parts.keys():
            raise ValueError("a unit without the factors of its memory")
        self.summed: list[Curve] = []
        """What it remembers, writes and keeps; nothing where the cell declares nothing."""
        if self.memory is not None:
            self.summed = [
                Curve(self.memory, self._parts[self.memory], self.memory, "open"),
                Curve(self.written_as, self._parts["written"], write[-1], "open"),
                Curve(self.kept_as, self._parts["kept"], keep[0], "open"),
            ]
        self.others = [
            Curve(name, self._parts[name], name, parts[name].span)
            for name in self.activations
            if name not in factors
        ]
        """The activations that aren't in that sum, the output first."""
        self.others.sort(key=lambda curve: curve.name != self.output)

    def value(self, name: str, timestep: int) -> float:
        """An activation, or the state, after a timestep."""
        number: float = self._parts[name][timestep]
        return number

    def _number(self, factor: str, timestep: int) -> float:
        """A factor at a timestep: an activation, 1 − one, or the state that the timestep found."""
        if factor == self.memory:
            return self.value(factor, timestep - 1) if timestep else 0.0
        name = _letter(factor)
        number = self.value(name, timestep)
        return number if name == factor else 1 - number

    def kept(self, timestep: int) -> Product:
        """What is left of what the timestep found, the state being the last factor."""
        return self._product("kept", self.kept_as, timestep)

    def written(self, timestep: int) -> Product:
        """What the timestep wrote."""
        return self._product("written", self.written_as, timestep)

    def _product(self, key: str, factors: str, timestep: int) -> Product:
        """A summand; an intervention may have put another number there than the product."""
        value = self.value(key, timestep)
        numbers = tuple(self._number(factor, timestep) for factor in factors.split("·"))
        same = math.isclose(math.prod(numbers), value, rel_tol=1e-4, abs_tol=1e-5)
        return Product(value, numbers if same else ())

    def votes(self, timestep: int) -> list[tuple[int, float]]:
        """Each class by its number, and how much the unit speaks for it after a timestep, the most first."""
        row = self._votes[timestep * self._count : (timestep + 1) * self._count]
        return sorted(enumerate(row), key=lambda vote: -vote[1])


def _letter(factor: str) -> str:
    """The activation in a factor: z of (1−z)."""
    return factor.removeprefix("(1−").removesuffix(")")
