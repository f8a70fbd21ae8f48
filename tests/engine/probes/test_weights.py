"""Weights on their way from a training to whoever answers a heavy question about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from kit.probing import prober
from kit.trainings import require_same

from explorer.engine.probes import weights
from explorer.engine.probes.weights import Arrival, copy_weights, pieces_of
from explorer.protocol.messages import Piece, Weights
from explorer.system.errors import GatescopeError
from models.classifier import SequenceClassifier
from models.registry import CELLS


def blank(cell: str, hidden: int = 6, inputs: int = 3) -> Callable[[], SequenceClassifier]:
    """What makes a model of four classes on the meta device."""

    def make() -> SequenceClassifier:
        with torch.device("meta"):
            return SequenceClassifier(cell, hidden, inputs, 4)

    return make


@pytest.mark.parametrize("cell", list(CELLS))
def test_they_arrive_as_they_were_when_asked_for_to_the_bit(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "PIECE", 40)
    asked, arrival, sizes = prober(cell, 7, 3, 4), Arrival(blank(cell)), []
    before = {name: value.clone() for name, value in asked._model.state_dict().items()}
    send = asked.send_weights(42)
    for parameter in asked._model.parameters():  # the training goes on
        parameter.data.add_(1.0)

    def take(piece: Piece) -> None:
        sizes.append(len(piece.content))
        arrival.take(piece)

    assert callable(send) and send(take) == Weights(42)
    require_same(arrival.whole().state_dict(), before)
    assert max(sizes) == 40 and sum(sizes) == 4 * sum(value.numel() for value in before.values())


def test_pieces_that_come_again_replace_the_first_ones() -> None:
    first, second = (SequenceClassifier("gru", 6, 3, 4) for _ in range(2))
    arrival = Arrival(blank("gru"))
    for piece in [*list(pieces_of(copy_weights(first)))[:3], *pieces_of(copy_weights(second))]:
        arrival.take(piece)
    require_same(arrival.whole().state_dict(), second.state_dict())


@pytest.mark.parametrize(
    "kind", ["none", "one missing", "other cell", "larger", "smaller", "before", "empty"]
)
def test_what_is_no_weights_of_such_a_model_is_refused_in_one_line(kind: str) -> None:
    sent = {
        "none": partial(list, ()),
        "one missing": lambda: list(pieces_of(copy_weights(SequenceClassifier("lstm", 6, 3, 4))))[1:],
        "other cell": lambda: pieces_of(copy_weights(SequenceClassifier("gru", 6, 3, 4))),
        "larger": lambda: pieces_of(copy_weights(SequenceClassifier("lstm", 7, 3, 4))),
        "smaller": lambda: pieces_of(copy_weights(SequenceClassifier("lstm", 5, 3, 4))),
        "before": lambda: [Piece("head.bias", -4, memoryview(bytes(4)))],
        "empty": lambda: [Piece("head.bias", 0, memoryview(b""))],
    }
    arrival = Arrival(blank("lstm"))
    with pytest.raises(GatescopeError, match="the engine sent weights of another model"):
        for piece in sent[kind]():
            arrival.take(piece)
        arrival.whole()
