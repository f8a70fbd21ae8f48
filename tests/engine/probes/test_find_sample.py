"""The next sample of a kind: searched for in the newest evaluation, checked with the weights as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.find_sample import MOST, PART, find_sample
from explorer.engine.probes.registry import Prober
from explorer.protocol.messages import FindSample, Refused, SampleFound
from explorer.runs.shape import Shape
from models.classifier import SequenceClassifier


class Reader:
    """Reads samples as the present weights would, and notes how many it was asked for."""

    def __init__(self, read_as: Tensor) -> None:
        self.read_as = read_as
        self.asked: list[int] = []

    def __call__(self, indices: Tensor) -> Tensor:
        self.asked.append(len(indices))
        return self.read_as[indices]


LABELS = torch.arange(1000) % 10
OFF = (LABELS + 1) % 10
"""Each sample read as the class after its own."""


def found(request: FindSample, predictions: Tensor, read: Callable[[Tensor], Tensor]) -> int | str:
    """Return the sample that is found, or why there is none."""
    answer = find_sample(predictions, LABELS, request, read)
    return answer.index if isinstance(answer, SampleFound) else answer.message


def test_a_sample_that_is_read_right_by_now_is_passed_over() -> None:
    present = OFF.clone()
    present[:7] = LABELS[:7]
    assert found(FindSample(2), OFF, Reader(present)) == 7
    assert found(FindSample(999), OFF, Reader(present)) == 7
    present[8:] = LABELS[8:]
    few = LABELS.clone()
    few[[3, 7, 500]] = OFF[[3, 7, 500]]
    assert found(FindSample(7), few, Reader(present)) == 7  # after the last, from the first


def test_a_sample_of_a_square_is_still_read_as_that_class() -> None:
    present = OFF.clone()
    present[[4, 14]] = torch.tensor([6, 4])
    assert found(FindSample(0, label=4, predicted=5), OFF, Reader(present)) == 24
    assert found(FindSample(0, predicted=5), OFF, Reader(present)) == 24
    assert found(FindSample(0, label=4), OFF, Reader(LABELS)) == 4


def test_one_request_reads_few_samples() -> None:
    at_once, never = Reader(OFF), Reader(LABELS)
    assert found(FindSample(0), OFF, at_once) == 1
    assert at_once.asked == [PART]
    assert found(FindSample(0), OFF, never).startswith("none of the next 200 ")  # type: ignore[union-attr]
    assert never.asked == [PART] * (MOST // PART)


@pytest.mark.parametrize(
    ("wanted", "present", "message"),
    [
        (FindSample(0), LABELS, "no test sample misread at the newest evaluation still is"),
        (FindSample(0, predicted=4), OFF, "no test sample read as 4 at the newest evaluation still is"),
        (FindSample(0, 3, 4), LABELS, "no 3 read as 4 at the newest evaluation still is"),
    ],
)
def test_where_none_is_left_it_says_so(wanted: FindSample, present: Tensor, message: str) -> None:
    predictions = LABELS.clone()
    predictions[[3, 13]] = 4
    present = torch.where(LABELS == 3, LABELS, present)
    assert found(wanted, predictions, Reader(present)) == message


def test_where_there_was_none_nothing_is_read() -> None:
    nothing = Reader(OFF)
    assert found(FindSample(0), LABELS, nothing) == "none of the 1,000 evaluated test samples was misread"
    assert nothing.asked == []


def test_while_training_the_weights_as_they_are_decide_not_those_of_the_evaluation() -> None:
    torch.manual_seed(3)
    samples = Samples(torch.randint(0, 256, (60, 4, 2), dtype=torch.uint8), torch.arange(60) % 3)
    shape = Shape(4, 2, ("a", "b", "c"))
    model = SequenceClassifier("lstm", 6, 2, 3)
    prober = Prober(model, Dataset(samples, samples, shape), Scaling(0.2, 0.4))
    with torch.no_grad():
        model.head.bias.copy_(torch.tensor([99.0, 0.0, 0.0]))  # everything is an a
    assert prober.answer(FindSample(0), 1, "training") == SampleFound(1)
    with torch.no_grad():
        model.head.bias.copy_(torch.tensor([0.0, 99.0, 0.0]))  # then everything is a b
    assert prober.answer(FindSample(0), 2, "training") == SampleFound(2)
    assert prober.answer(FindSample(0, 2, 0), 2, "training") == Refused(
        "no 2 read as 0 at the newest evaluation still is"
    )
