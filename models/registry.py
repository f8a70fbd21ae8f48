"""The cells by name: the one place where a cell is registered.

A cell is named here and imported only when somebody asks for it, so that the screen and the command
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
"""A cell's name on the command line, and where its layer is: `module:class`."""


def layer_class(cell: str) -> type[RecurrentLayer[Any]]:
    """The layer class of a cell.

    Raises:
        ValueError: no cell of that name is registered.
    """
    if cell not in CELLS:
        raise ValueError(f"no cell is called {cell!r}; there are {', '.join(CELLS)}")
    module, _, name = CELLS[cell].partition(":")
    layer: type[RecurrentLayer[Any]] = getattr(import_module(module), name)
    return layer
