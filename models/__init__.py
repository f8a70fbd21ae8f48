"""Recurrent cells written from scratch, and a classifier around them.

    from models import LSTM, SequenceClassifier
    output, (h, c) = LSTM(28, 128)(x)        # x: (B, T, 28)

The names are resolved on first use, because importing them imports torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from models.registry import CELLS

if TYPE_CHECKING:
    from models.classifier import SequenceClassifier as SequenceClassifier
    from models.gru import GRU as GRU
    from models.lstm import LSTM as LSTM
    from models.rnn import RNN as RNN

_HOMES = {cell.path.partition(":")[2]: cell.path.partition(":")[0] for cell in CELLS.values()}
_HOMES["SequenceClassifier"] = "models.classifier"


def __getattr__(name: str) -> Any:
    """Import a cell's class, or `SequenceClassifier`, on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted([*_HOMES, "CELLS"])
