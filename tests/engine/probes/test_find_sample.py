"""The next misread sample: searched for in the newest evaluation, checked with the weights as they are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.find_sample import MOST, PART, find_sample
from explorer.engine.probes.registry import Prober
from explorer.protocol.messages import FindSample, SampleFound
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


def found(after: int, predictions: Tensor, read: Callable[[Tensor], Tensor]) -> int | str:
    """Return the sample that is found, or why there is none."""
    answer = find_sample(predictions, LABELS, after, read)
    return answer.index if isinstance(answer, SampleFound) else answer.message


def test_a_sample_that_is_read_right_by_now_is_passed_over() -> None:
    present = OFF.clone()
    present[:7] = LABELS[:7]
    assert found(2, OFF, Reader(present)) == 7
    assert found(999, OFF, Reader(present)) == 7
    present[8:] = LABELS[8:]
    few = LABELS.clone()
    few[[3, 7, 500]] = OFF[[3, 7, 500]]
    assert found(7, few, Reader(present)) == 7  # after the last, from the first


def test_one_request_reads_few_samples() -> None:
    at_once, never = Reader(OFF), Reader(LABELS)
    assert found(0, OFF, at_once) == 1
    assert at_once.asked == [PART]
    assert found(0, OFF, never).startswith("none of the next 200 ")  # type: ignore[union-attr]
    assert never.asked == [PART] * (MOST // PART)


def test_where_none_is_left_it_says_so() -> None:
    predictions = LABELS.clone()
    predictions[[3, 13]] = 4
    said = "no test sample misread at the newest evaluation still is"
    assert found(0, predictions, Reader(LABELS)) == said


def test_where_there_was_none_nothing_is_read() -> None:
    nothing = Reader(OFF)
    assert found(0, LABELS, nothing) == "none of the 1,000 evaluated test samples was misread"
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
