"""The question `saliency`, compared with autograd through torch's own layers, and with finite differences."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from kit.asking import answer_in
from kit.probing import ask, exactly, interventions, prober, read_by, read_by_hand
from msgspec.structs import replace
from torch import Tensor, nn

from explorer.protocol.questions import Answers, Array, Ask, Fact, Question, Selection
from models.classifier import Head
from models.registry import CELLS

TORCHS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
SHAPES = [(28, 28, 10), (7, 3, 2), (1, 1, 30)]


def values(array: Array) -> Tensor:
    """Return the numbers of an array."""
    return torch.tensor(array.numbers.tolist()).view(array.shape)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), SHAPES)
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_it_is_autograd_s_gradient_through_torch_s_own_layer(
    cell: str, timesteps: int, inputs: int, classes: int, head: Head
) -> None:
    asked = prober(cell, timesteps, inputs, classes, head)
    own, x = asked._model, read_by(asked)[0][None].requires_grad_()
    theirs = TORCHS[cell](inputs, 6, batch_first=True)
    theirs.load_state_dict(own.layer.state_dict())
    logits = own.head(theirs(x)[0][:, -1])[0]  # whatever the head, before its sigmoid
    for number in (None, 0, classes - 1):
        answer = answer_in(ask(asked, "saliency", **{"class": number}))
        wanted = int(logits.argmax()) if number is None else number
        (gradient,) = torch.autograd.grad(logits[wanted], x, retain_graph=True)
        found = answer.arrays["saliency"]
        assert found.axes == ("timestep", "input")
        torch.testing.assert_close(values(found), gradient[0], rtol=1e-4, atol=1e-7)
        assert (answer.facts["class"], answer.facts["predicted"]) == (wanted, int(logits.argmax()))
        assert (answer.facts["label"], answer.options) == (3 % classes, {"class": number})


@pytest.mark.parametrize("cell", list(CELLS))
def test_it_is_how_much_the_logit_rises_when_one_input_does(cell: str) -> None:
    asked = prober(cell, 5, 2, 3)
    found = values(answer_in(ask(asked, "saliency", **{"class": 1})).arrays["saliency"])
    exact, x = exactly(asked), read_by(asked)[0][None].double()
    for timestep in range(5):
        for number in range(2):
            moved = torch.zeros_like(x)
            moved[0, timestep, number] = 1e-4
            with torch.no_grad():
                rise = (exact(x + moved) - exact(x - moved))[0, 1] / 2e-4
            assert float(found[timestep, number]) == pytest.approx(float(rise), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("change", ["held", "silenced", "wiped", "blanked", "appended", "all"])
def test_under_an_intervention_it_is_how_much_the_logit_rises_in_the_equations_written_out(
    cell: str, change: str
) -> None:
    asked = prober(cell, 5, 2, 3)
    changed = interventions(asked._model, 5)[change]
    found = values(answer_in(ask(asked, "saliency", changed, **{"class": 1})).arrays["saliency"])
    assert found.shape == (5 + changed.append_blank, 2)
    exact, (x, blank) = exactly(asked), (part.double() for part in read_by(asked))
    x = torch.cat([x, blank.expand(3, -1)])
    x = x[: 5 + changed.append_blank]  # what is read blank has a gradient as well
    for span in changed.blank:
        x[span.first - 1 : span.last] = blank
    read = replace(changed, blank=(), append_blank=0)
    for place in product(range(len(x)), range(2)):
        moved = torch.zeros_like(x)
        moved[place] = 1e-4
        with torch.no_grad():
            above, below = (
                exact.head(read_by_hand(exact, x + move, read, blank)[-1])[1] for move in (moved, -moved)
            )
        assert float(found[place]) == pytest.approx(float(above - below) / 2e-4, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("wanted", [-1, 3, 10**9, "1", True, 1.0])
def test_a_class_that_does_not_exist_is_refused_in_one_line(wanted: Fact) -> None:
    (refused,) = ask(prober("lstm", 4, 2, 3), "saliency", **{"class": wanted}).unanswerable
    assert refused.reason == f"--class: the classes are 0 to 2, not {wanted}" and refused.mistake


def test_an_option_that_does_not_exist_is_refused_in_one_line() -> None:
    reply = prober("gru", 4, 2, 3).answer(
        Ask(Selection(), (Question("saliency", {"klass": 1}), Question("belief"))), 1, None
    )
    assert isinstance(reply, Answers) and [answer.what for answer in reply.answers] == ["belief"]
    assert reply.unanswerable[0].reason == "saliency has no option 'klass'"


def test_it_needs_no_gradient_to_be_enabled_and_leaves_none_behind() -> None:
    asked = prober("rnn", 4, 2, 3)
    with torch.no_grad():  # as between two parts of an evaluation
        answer = answer_in(ask(asked, "saliency"))
    assert values(answer.arrays["saliency"]).abs().min() > 0
    assert all(parameter.grad is None for parameter in asked._model.parameters())
