"""The cells by name: the one place where a cell is registered.

A cell is named here and imported only on demand, so that the screen and the command
line can list the cells without importing torch (2.4 s, 526 MB).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from models.layer import RecurrentLayer

CELLS: Final = {
    "lstm": "models.lstm:LSTM",
    "gru": "models.gru:GRU",
    "rnn": "models.rnn:RNN",
}
"""Maps a cell's name on the command line to its layer, as `module:class`."""


def layer_class(cell: str) -> type[RecurrentLayer[Any]]:
    """Import and return the layer class of a cell.

    Raises:
        ValueError: no cell of that name is registered.
    """
    if cell not in CELLS:
        raise ValueError(f"unknown cell {cell!r}; choose from {', '.join(CELLS)}")
    module, _, name = CELLS[cell].partition(":")
    layer: type[RecurrentLayer[Any]] = getattr(import_module(module), name)
    return layer
