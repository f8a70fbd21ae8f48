"""What one hidden unit does at the cursor, in numbers and in words."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from explorer.system.text import printable
from explorer.ui.views.unit_data import OneUnit, Product
from explorer.ui.widgets.line import cut

_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
AMOUNTS: Final = ((0.005, "nothing"), (0.1, "little"), (0.5, "some"))
"""What is said of what is written, if it is less than so much; else `much`."""
Part = tuple[str, bool]
"""A piece of a line, and whether it is about the class under the cursor."""
VOTES: Final = 2
"""The most classes that are named, for and against."""


def number(value: float) -> str:
    """A number with two decimals, and a minus sign that a reader knows from print."""
    if not -1000 < value < 1000:  # also inf and nan, which a diverged training brings
        return f"{value:.0e}".replace("-", "−", 1)
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # -0.0 + 0.0 is 0.0


def equation(unit: OneUnit, timestep: int, room: int) -> str:
    """How its memory came about, with the numbers: c₂₀ = f·c + i·g = 0.98·1.31 + 0.12·(−0.62) = 1.21.

    Args:
        unit: the unit.
        timestep: the one under the cursor, from 0.
        room: columns; the letters are left out first.

    Where the cell declares no such sum, its output alone.
    """
    at = f"{timestep + 1}".translate(_LOWERED)
    if unit.memory is None:
        return cut(f"{unit.output}{at} = {number(unit.value(unit.output, timestep))}", room)
    numbers = f"{_written(unit.kept(timestep))} + {_written(unit.written(timestep))}"
    result = number(unit.value(unit.memory, timestep))
    letters = f"{unit.kept_as} + {unit.written_as} = "
    forms = (f"{unit.memory}{at} = {said}{numbers} = {result}" for said in (letters, ""))
    return cut(next((form for form in forms if len(form) <= room), f"{unit.memory}{at} = {result}"), room)


def _written(product: Product) -> str:
    """A summand as the product that it is; later factors, and one that stands alone, in parentheses if
    negative.
    """
    if not product.factors:
        return _guarded(product.value)
    first, *others = product.factors
    return "·".join([number(first), *map(_guarded, others)])


def _guarded(value: float) -> str:
    """A number behind a sign, in parentheses if negative."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def keeps(unit: OneUnit, timestep: int) -> str:
    """What it does to its memory at a timestep: keeps 98 %, writes little; empty: nobody says."""
    if unit.memory is None:
        return ""
    kept, written = unit.kept(timestep), unit.written(timestep)
    share = 1.0
    for factor in kept.factors[:-1]:  # the last one is the memory itself
        share *= factor
    said = f"{share:.0%}" if kept.factors else "nothing" if not kept.value else number(kept.value)
    return f"keeps {said}, writes {_amount(written.value)}"


def _amount(value: float) -> str:
    """How much is written, in a word."""
    return next((word for below, word in AMOUNTS if abs(value) < below), "much")


def fades(unit: OneUnit) -> str:
    """How long its memory lasts, over the whole sequence; empty where the cell declares none."""
    if unit.memory is None:
        return ""
    if unit.half_life is None:
        return "half-life: nothing fades"
    last = f"{unit.half_life:.2g}"
    return f"half-life {last} timestep{'s' * (last != '1')}, if nothing were written"


def about(unit: OneUnit, timestep: int, room: int, unread: bool = False, undivided: str = "") -> str:
    """What it does to its memory, and how long that lasts, as far as there is room; while later timesteps are
    not read yet, that isn't known. `undivided`: why there are no parts of it, where there are none.
    """
    line = keeps(unit, timestep) or undivided
    fading = "" if unread else fades(unit)
    for more in (fading, fading.partition(",")[0]):
        if more and len(line) + 3 + len(more) <= room:
            return f"{line} · {more}"
    return cut(line, room)


def fits(unit: OneUnit, room: int) -> bool:
    """Whether all that `about` says is in one line at every timestep, in so many columns."""
    return not (fading := fades(unit)) or len("keeps 100%, writes nothing · ") + len(fading) <= room


def votes(unit: OneUnit, timestep: int, room: int, number: int | None = None) -> list[Part]:
    """The classes for which it speaks most after a timestep, and those against which.

    Args:
        unit: the unit.
        timestep: the one under the cursor, from 0.
        room: columns; with fewer, fewer classes are named.
        number: the class under the cursor, which is named in any case; None: none is chosen.
    """
    every = unit.votes(timestep)
    speaking = [vote for vote in every if vote[1] >= (0.005 if vote[0] != number else 0)]
    against = [vote for vote in reversed(every) if vote[1] <= -0.005 or vote[0] == number]
    sides = ("for", speaking), ("against", [vote for vote in against if vote not in speaking])
    at, most_first = f"votes at {timestep + 1:,} ", range(VOTES, 0 if number is None else -1, -1)
    # the timestep goes before a second class
    for most, begin in ((one, begin) for one in most_first for begin in (at, "") if begin or one < VOTES):
        parts: list[Part] = []
        for said, some in sides:
            between = f"{' · ' if parts else begin or 'votes ' * (said == 'for')}{said} "
            for of, vote in _first(some, most, number):
                name = cut(printable(unit.classes[of]), 12)
                parts += [(between, False), (f"{name} ({_signed(vote)})", of == number)]
                between = ", "
        if sum(cell_len(text) for text, _ in parts) <= room:
            return parts or [(cut(f"{at}for no class, and against none", room), False)]
    return [(cut("".join(text for text, _ in parts), room), False)]


def _first(votes: list[tuple[int, float]], most: int, number: int | None) -> list[tuple[int, float]]:
    """The first so many votes; that for the class with this number takes the last one's place, if need be."""
    asked = [vote for vote in votes[most:] if vote[0] == number]
    return votes[: max(0, most - len(asked))] + asked


def _signed(vote: float) -> str:
    """A vote with its sign."""
    return number(vote) if vote < 0 else f"+{number(vote)}"
