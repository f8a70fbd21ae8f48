"""The question `activations`, compared with the cell's equations step by step."""

from __future__ import annotations

import pytest
import torch
from kit.asking import activations_of, answer_in
from kit.loops import read_by_hand
from kit.probing import SCALING, prober

from explorer.protocol.probes import PROBES
from explorer.protocol.questions import Answers, Ask, Question, Sample, Selection
from models.registry import CELLS


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (7, 3, 2), (1, 1, 30)])
def test_every_array_is_what_the_cell_computes_step_by_step(
    cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    asked = prober(cell, timesteps, inputs, classes)
    model, x = asked._model, asked._dataset.test.x[3]
    answer = answer_in(asked.answer(activations_of(8), 42, "training"))
    assert (answer.what, answer.step, answer.asked.subject) == ("activations", 42, Sample(3))
    with torch.no_grad():
        wanted = read_by_hand(cell, model.layer, (x[None].float() / 255 - 0.2) / 0.4)
        shares = (wanted["h"][0, -1] @ model.head.weight.T + model.head.bias).softmax(0).tolist()
    for name, values in wanted.items():
        array = answer.arrays[name]
        assert (array.axes, array.shape) == (("timestep", "unit"), (timesteps, 6))
        assert [*array.numbers] == pytest.approx(values.flatten().tolist(), abs=1e-6)
    probabilities = answer.arrays["probabilities"]
    assert [*probabilities.numbers] == pytest.approx(shares, abs=1e-6)
    assert probabilities.coordinates["class"] == asked._dataset.shape.classes
    assert answer.arrays["input"].data == x.numpy().tobytes()
    assert answer.facts == {"label": 3 % classes, "predicted": shares.index(max(shares)), "samples": 5}


def test_of_sigmoid_outputs_the_probabilities_are_the_outputs_as_they_are() -> None:
    asked = prober("lstm", 4, 2, 3, "sigmoid")
    x = asked._dataset.test.x[:1]
    with torch.no_grad():
        wanted = asked._model(SCALING(x))[0].tolist()
    found = answer_in(asked.answer(activations_of(0), 0, None)).arrays["probabilities"]
    assert [*found.numbers] == pytest.approx(wanted, abs=1e-6)


def test_several_questions_are_answered_in_order_and_one_without_an_answer_leaves_the_others_alone() -> None:
    asked = prober("gru", 4, 2, 3)
    questions = tuple(Question(what) for what in ("activations", "nonsense", "activations"))
    reply = asked.answer(Ask(Selection(subject=Sample(1)), questions), 7, "paused")
    assert isinstance(reply, Answers) and reply.state == "paused"
    assert [answer.step for answer in reply.answers] == [7, 7]
    (missing,) = reply.unanswerable
    assert missing.what == "nonsense"
    assert missing.reason == f"there is no question 'nonsense', only {', '.join(PROBES)}"


def test_a_question_leaves_no_gradient_and_changes_no_weight() -> None:
    asked = prober("rnn", 4, 2, 3)
    before = {name: value.clone() for name, value in asked._model.state_dict().items()}
    asked.answer(activations_of(1), 0, None)
    assert all(torch.equal(value, before[name]) for name, value in asked._model.state_dict().items())
    assert all(parameter.grad is None for parameter in asked._model.parameters())
