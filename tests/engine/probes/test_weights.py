"""Weights on their way from a training to whoever answers a heavy question about them."""

from __future__ import annotations

import pytest
import torch
from kit.probing import prober
from kit.trainings import require_same
from safetensors.torch import save

from explorer.engine.probes.weights import load_weights, pack_weights
from explorer.protocol.messages import FetchWeights, Weights
from explorer.system.errors import GatescopeError
from models.classifier import SequenceClassifier
from models.registry import CELLS


@pytest.mark.parametrize("cell", list(CELLS))
def test_they_arrive_as_they_are_to_the_bit(cell: str) -> None:
    asked = prober(cell, 7, 3, 4)
    reply = asked.answer(FetchWeights(), 42, "training")
    assert isinstance(reply, Weights) and reply.step == 42
    other = SequenceClassifier(cell, 6, 3, 4)
    load_weights(other, reply.tensors)
    require_same(other.state_dict(), asked._model.state_dict())


@pytest.mark.parametrize("kind", ["none", "torn", "other cell", "other size", "other type", "one too many"])
def test_what_is_no_weights_of_such_a_model_is_refused_in_one_line(kind: str) -> None:
    model = SequenceClassifier("lstm", 6, 3, 4)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = SequenceClassifier("lstm", 6, 3, 4).state_dict()
    sent = {
        "none": b"",
        "torn": pack_weights(model)[:-1],
        "other cell": pack_weights(SequenceClassifier("gru", 6, 3, 4)),
        "other size": pack_weights(SequenceClassifier("lstm", 7, 3, 4)),
        "other type": save({name: value.double() for name, value in state.items()}),
        "one too many": save(state | {"more": torch.zeros(1)}),
    }
    with pytest.raises(GatescopeError, match="the engine sent weights of another model"):
        load_weights(model, sent[kind])
    require_same(model.state_dict(), before)
