"""The question `evaluation`, compared with reading each sample by the equations written out, and counting."""

from __future__ import annotations

import pytest
import torch
from kit.asking import answer_in
from kit.probing import interventions, prober, read_by_hand
from torch.nn import functional

from explorer.engine.probes import evaluation, sets
from explorer.engine.probes.context import Context
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import (
    NO_INTERVENTION,
    Answers,
    Ask,
    Intervention,
    Question,
    Sample,
    Samples,
    Selection,
)
from models.classifier import Head
from models.registry import CELLS

COUNT = 23


def evaluated(asked: Prober, wanted: Samples, changed: Intervention = NO_INTERVENTION) -> Answers:
    """Have a set of samples evaluated."""
    selection = Selection(subject=wanted, intervention=changed)
    reply = asked.answer(Ask(selection, (Question("evaluation"),)), 42, None)
    assert isinstance(reply, Answers)
    return reply


def outputs_by_hand(asked: Prober, changed: Intervention) -> torch.Tensor:
    """Return the outputs for every test sample, (N, K), each read by the equations written out."""
    model, images = asked._model, asked._dataset.test.x
    blank = asked._scaling(torch.zeros(1, images.shape[2], dtype=torch.uint8))[0]
    with torch.no_grad():
        return torch.stack(
            [model.read_out(read_by_hand(model, asked._scaling(x), changed, blank)[-1]) for x in images]
        )


def require_counted(reply: Answers, outputs: torch.Tensor, labels: torch.Tensor) -> None:
    """Require an evaluation to be what counting these samples one by one gives."""
    answer, classes = answer_in(reply), outputs.shape[1]
    matrix, loss = [[0] * classes for _ in range(classes)], 0.0
    for scores, label in zip(outputs, labels.tolist(), strict=True):
        matrix[label][int(scores.argmax())] += 1
        loss -= float(functional.log_softmax(scores.double(), 0)[label])
    confusion = answer.arrays["confusion"]
    assert (confusion.axes, confusion.shape) == (("label", "predicted"), (classes, classes))
    assert (confusion.dtype, confusion.numbers.tolist()) == ("int64", [n for row in matrix for n in row])
    assert confusion.coordinates["label"] == confusion.coordinates["predicted"]
    assert len(confusion.coordinates["label"]) == classes
    right = sum(matrix[number][number] for number in range(classes))
    assert answer.facts["samples"] == len(labels)
    assert answer.facts["accuracy"] == pytest.approx(right / len(labels))
    assert answer.facts["loss"] == pytest.approx(loss / len(labels), rel=1e-5)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (7, 3, 2), (1, 1, 30)])
@pytest.mark.parametrize("head", ["logits", "sigmoid"])
def test_the_whole_test_set_is_counted(
    cell: str, timesteps: int, inputs: int, classes: int, head: Head
) -> None:
    asked = prober(cell, timesteps, inputs, classes, head, COUNT)
    outputs = outputs_by_hand(asked, NO_INTERVENTION)
    require_counted(evaluated(asked, Samples()), outputs, asked._dataset.test.labels)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("change", ["held", "silenced", "wiped", "blanked", "appended", "all"])
def test_an_intervention_is_in_force_in_every_sample(
    cell: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "PART_NUMBERS", 5 * 7 * (12 * 6 + 3))  # five samples at a time
    asked = prober(cell, 7, 3, 4, count=COUNT)
    changed = interventions(asked._model, 7)[change]
    outputs = outputs_by_hand(asked, changed)
    require_counted(evaluated(asked, Samples(), changed), outputs, asked._dataset.test.labels)


def test_a_set_is_chosen_by_number_then_by_class_then_by_what_the_weights_read_unchanged() -> None:
    asked = prober("gru", 7, 3, 4, count=COUNT)
    labels = asked._dataset.test.labels
    plain, changed = outputs_by_hand(asked, NO_INTERVENTION), Intervention(hold={"z": 0.5})
    read_as = int(plain[labels == 1].argmax(1).mode().values)  # as what most of that class are read
    outputs = outputs_by_hand(asked, changed)
    for wanted, which in (
        (Samples(first=9), torch.arange(COUNT) < 9),
        (Samples(first=10**6), torch.arange(COUNT) >= 0),
        (Samples(label=1), labels == 1),
        (Samples(read_as=read_as), plain.argmax(1) == read_as),
        (Samples(9, 1, read_as), (torch.arange(COUNT) < 9) & (labels == 1) & (plain.argmax(1) == read_as)),
    ):
        require_counted(evaluated(asked, wanted, changed), outputs[which], labels[which])


def test_a_set_without_samples_is_refused_in_one_line() -> None:
    asked = prober("rnn", 4, 2, 3, count=7)
    asked._model.head.weight.data.zero_()
    asked._model.head.bias.data.copy_(torch.tensor([0.0, 1.0, 0.0]))  # all are read as class 1
    for wanted, reason in (
        (Samples(label=2, read_as=0), "no class 2 was read as class 0"),
        (Samples(read_as=2), "no test sample was read as class 2"),
        (Samples(first=2, label=2), "there is no class 2 among the first 2 test samples"),
        (Samples(1, 0, 2), "no class 0 was read as class 2 among the first 1 test samples"),
        (Samples(label=3), "--label: the classes are 0 to 2, not 3"),
        (Samples(read_as=10**9), "--read-as: the classes are 0 to 2, not 1000000000"),
    ):
        reply = evaluated(asked, wanted)
        (missing,) = reply.unanswerable
        assert (missing.reason, missing.mistake) == (reason, ": the classes are" in reason)
        assert not reply.answers


def test_what_is_about_many_is_not_asked_about_one_nor_the_other_way_round() -> None:
    asked = prober("rnn", 4, 2, 3)
    for subject, what, reason in (
        (Sample(1), "evaluation", "this question is about a set of samples, not about one"),
        (Samples(), "belief", "this question is about one sample, not about a set"),
    ):
        reply = asked.answer(Ask(Selection(subject=subject), (Question(what),)), 1, None)
        assert isinstance(reply, Answers) and reply.unanswerable[0].reason == reason


@pytest.mark.parametrize(("read_as", "shares"), [(None, [5 / 7, 1]), (1, [5 / 14, 0.5, 0.5 + 5 / 14, 1])])
def test_it_says_how_far_it_is_after_every_part(
    read_as: int | None, shares: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "PART_NUMBERS", 5 * 4 * (12 * 6 + 2))
    asked = prober("lstm", 4, 2, 3, count=7)
    asked._model.head.weight.data.zero_()
    asked._model.head.bias.data.copy_(torch.tensor([0.0, 1.0, 0.0]))  # all are read as class 1
    told: list[float] = []
    context = Context(asked._model, asked._dataset, asked._scaling, 1, told.append)
    evaluation.read_evaluation(context, Selection(subject=Samples(read_as=read_as)), {})
    assert told == pytest.approx(shares)
