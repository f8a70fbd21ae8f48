"""The cells by name: the one place where a cell is registered.

A cell is named here and imported only on demand, so that the screen and the command
line know the cells and their activations without importing torch (2.4 s, 526 MB).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from models.layer import RecurrentLayer


class Memory(NamedTuple):
    """How a cell keeps and writes what it remembers: state' = keep · state + write, unit by unit.

    Each factor is an activation, `z`, or its complement, `1−z`, with the sign that a reader sees.
    """

    state: str
    """The field of its state that is such a sum."""
    keep: tuple[str, ...]
    """The factors of what the former state is multiplied by."""
    write: tuple[str, ...]
    """The factors of what is added."""

    @property
    def kept(self) -> str:
        """What is kept, in the cell's letters: `f·c`."""
        return _product((*self.keep, self.state))

    @property
    def written(self) -> str:
        """What is written, in the cell's letters: `i·g`."""
        return _product(self.write)


def _product(factors: tuple[str, ...]) -> str:
    """A product as it is written: `(1−z)·n`."""
    return "·".join(f"({one})" if one.startswith("1−") else one for one in factors)


class Cell(NamedTuple):
    """A registered cell."""

    path: str
    """Its layer, as `module:class`."""
    activations: tuple[str, ...]
    """The names of its activations, those that the class declares, in the same order."""
    memory: Memory | None = None
    """How it keeps and writes; None: what it remembers is no such sum, or it doesn't say."""
    overwrites: bool = False
    """Whether every timestep replaces all that it remembers."""
    blocks: int | None = None
    """How many blocks of H rows its weights have, as the class declares; None: it doesn't say, and so nobody
    knows without torch how many parameters it has."""

    def parameters(self, hidden: int, inputs: int, classes: int) -> int | None:
        """How many parameters a classifier with this cell has: two weights and two biases, and the head's;
        None if the cell doesn't say its blocks.

        Args:
            hidden: H, hidden units.
            inputs: I, numbers per timestep.
            classes: C, outputs.
        """
        if self.blocks is None:
            return None
        return self.blocks * hidden * (inputs + hidden + 2) + (hidden + 1) * classes


CELLS: Final = {
    "lstm": Cell(
        "models.lstm:LSTM",
        ("i", "f", "g", "o", "c", "h"),
        Memory("c", keep=("f",), write=("i", "g")),
        blocks=4,
    ),
    "gru": Cell(
        "models.gru:GRU", ("r", "z", "n", "h"), Memory("h", keep=("z",), write=("1−z", "n")), blocks=3
    ),
    "rnn": Cell("models.rnn:RNN", ("h",), overwrites=True, blocks=1),
}
"""The cells by their names on the command line."""


def layer_class(cell: str) -> type[RecurrentLayer[Any]]:
    """Import and return the layer class of a cell.

    Raises:
        ValueError: no cell of that name is registered.
    """
    if cell not in CELLS:
        raise ValueError(f"unknown cell {cell!r}; choose from {', '.join(CELLS)}")
    module, _, name = CELLS[cell].path.partition(":")
    layer: type[RecurrentLayer[Any]] = getattr(import_module(module), name)
    return layer
