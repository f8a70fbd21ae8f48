"""The weights of a training on their way to whoever answers a heavy question about them."""

from __future__ import annotations

from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from explorer.system.errors import GatescopeError
from models.classifier import SequenceClassifier

_OTHERS: Final = "the engine sent weights of another model; is it of another version?"


def pack_weights(model: SequenceClassifier) -> bytes:
    """A model's state as a file of safetensors."""
    return save({name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()})


def load_weights(model: SequenceClassifier, tensors: bytes) -> None:
    """Load what `pack_weights` made of a model of the same kind.

    Raises:
        GatescopeError: these are no weights, or those of another model.
    """
    try:
        weights = load(tensors)
    except (SafetensorError, ValueError, KeyError) as error:
        raise GatescopeError(_OTHERS) from error
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    plain = all(value.dtype is torch.float32 for value in weights.values())
    if not plain or wanted != {name: value.shape for name, value in weights.items()}:
        raise GatescopeError(_OTHERS)
    model.load_state_dict(weights)
