"""The weights of a training on their way to whoever answers a heavy question about them.

They travel in pieces, each of which goes straight to where it belongs: with 4096 hidden units they have
270 MB, and neither end holds them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import torch
from torch import Tensor

from explorer.engine.tensor_bytes import bytes_of
from explorer.protocol.messages import Piece
from explorer.system.errors import GatescopeError
from models.classifier import SequenceClassifier

PIECE: Final = 1 << 20
"""The most bytes of a piece."""
_OTHERS: Final = "the engine sent weights of another model; is it of another version?"


def copy_weights(model: SequenceClassifier) -> dict[str, Tensor]:
    """A model's state as it is now, on the CPU: the training goes on while it is sent."""
    state = model.state_dict().items()
    return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state}


def pieces_of(weights: dict[str, Tensor]) -> Iterator[Piece]:
    """What `copy_weights` returned, in pieces of at most `PIECE` bytes."""
    for name, tensor in weights.items():
        content = bytes_of(tensor)
        for start in range(0, len(content), PIECE):
            yield Piece(name, start, content[start : start + PIECE])


class Arrival:
    """A model that is put together from the pieces of its weights."""

    def __init__(self, make: Callable[[], SequenceClassifier]) -> None:
        """Wait for the first piece; `make` is called then, for a model of that kind on the meta device."""
        self._make = make
        self._model: SequenceClassifier | None = None
        self._places: dict[str, memoryview] = {}
        self._arrived: dict[tuple[str, int], int] = {}

    def take(self, piece: Piece) -> None:
        """Put a piece where it belongs; one that comes again, from another try, replaces the first.

        Raises:
            GatescopeError: it belongs to another model.
        """
        if self._model is None:
            self._model = self._make()
            room = {  # `to_empty` would do it, but imports sympy: a second and 35 MB
                name: torch.empty(meta.shape, dtype=meta.dtype)
                for name, meta in self._model.state_dict().items()
            }
            self._model.load_state_dict(room, assign=True)
            self._places = {name: bytes_of(tensor) for name, tensor in room.items()}
        place, size = self._places.get(piece.name, memoryview(b"")), len(piece.content)
        if piece.start < 0 or not 0 < size <= len(place) - piece.start:
            raise GatescopeError(_OTHERS)
        place[piece.start : piece.start + size] = piece.content
        self._arrived[piece.name, piece.start] = size

    def whole(self) -> SequenceClassifier:
        """The model with all of its weights.

        Raises:
            GatescopeError: some are missing.
        """
        if self._model is None or sum(self._arrived.values()) != sum(map(len, self._places.values())):
            raise GatescopeError(_OTHERS)
        return self._model
