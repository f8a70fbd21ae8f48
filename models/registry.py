"""The cells by name: the one place where a cell is registered.

A cell is named here and imported only on demand, so that the screen and the command
line know the cells and their activations without importing torch (2.4 s, 526 MB).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from models.layer import RecurrentLayer


class Cell(NamedTuple):
    """A registered cell."""

    path: str
    """Its layer, as `module:class`."""
    activations: tuple[str, ...]
    """The names of its activations, those that the class declares, in the same order."""


CELLS: Final = {
    "lstm": Cell("models.lstm:LSTM", ("i", "f", "g", "o", "c", "h")),
    "gru": Cell("models.gru:GRU", ("r", "z", "n", "h")),
    "rnn": Cell("models.rnn:RNN", ("h",)),
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
