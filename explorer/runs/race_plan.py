"""What a race trains: one of each cell, with about as many parameters each, and everything else the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from explorer.runs.config import OPTIONS, Config
from explorer.runs.shape import Shape
from explorer.system.errors import OptionError
from models.registry import CELLS, Cell

_MOST: Final = int(next(option.high for option in OPTIONS if option.name == "hidden"))


class Entrant(NamedTuple):
    """A training in a race."""

    config: Config
    parameters: int
    """How many parameters its network has."""


def plan(config: Config, shape: Shape) -> tuple[Entrant, ...]:
    """The trainings of a race, in the order of the table of cells: one as it was asked for, and one of each
    other cell that has as nearly as many parameters as its hidden units allow.

    Everything else is the same, so all read the same batches in the same order: that comes from seed, batch
    size and data alone. What the first one holds, others don't: they have other activations.

    Args:
        config: the cell, with its hidden units and everything else, to which the others are fitted.
        shape: what the samples look like.

    Raises:
        OptionError: the cell doesn't say what its parameters are, or another one would need more hidden units
            than a training can have.
    """
    wanted = _parameters(CELLS[config.cell], config.hidden, shape)
    if wanted is None:
        wrong = f"{config.cell} doesn't declare its blocks, so no other can have as many parameters"
        raise OptionError("cell", f"--cell: {wrong}", wrong)
    return tuple(_entrants(config, shape, wanted))


def _entrants(config: Config, shape: Shape, wanted: int) -> Iterator[Entrant]:
    """The trainings, by how many parameters each should have."""
    for name, cell in CELLS.items():
        if cell.blocks is None:
            continue
        if name == config.cell:
            yield Entrant(config, wanted)
            continue
        hidden = _nearest(cell, shape, wanted)
        if hidden > _MOST:
            wrong = f"of {wanted:,} parameters, {name} would have over {_MOST:,} hidden units; choose fewer"
            raise OptionError("hidden", f"--hidden: {wrong}", wrong)
        like = msgspec.structs.replace(config, cell=name, hidden=hidden, hold={})
        yield Entrant(like, _parameters(cell, hidden, shape) or 0)


def _parameters(cell: Cell, hidden: int, shape: Shape) -> int | None:
    """How many parameters a network has that reads samples of this shape."""
    return cell.parameters(hidden, shape.inputs, len(shape.classes))


def _nearest(cell: Cell, shape: Shape, wanted: int) -> int:
    """The hidden units with which a network's parameters are nearest to so many; `_MOST` + 1: too many."""
    low, high = 1, _MOST + 1
    while low < high:  # the fewest that have at least so many: parameters grow with the units
        middle = (low + high) // 2
        if (_parameters(cell, middle, shape) or 0) < wanted:
            low = middle + 1
        else:
            high = middle
    return min(
        (max(1, low - 1), low), key=lambda hidden: abs((_parameters(cell, hidden, shape) or 0) - wanted)
    )
