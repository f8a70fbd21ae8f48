"""Questions about samples of several lengths: each is read as if it were alone, whatever is changed."""

from __future__ import annotations

import pytest
import torch
from kit.asking import activations_of, answer_in
from kit.probing import interventions, read_by_hand
from torch.nn import functional

from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.registry import Prober
from explorer.protocol.questions import Ask, Given, Intervention, Question, Sample, Selection, Span, Wipe
from explorer.protocol.questions import Samples as Set
from explorer.runs.data_files import SequenceFile
from explorer.runs.shape import Shape
from models.classifier import SequenceClassifier
from models.registry import CELLS

SHAPE = Shape(7, 3, ("a", "b", "c"))
FILE = SequenceFile(1, "", (0.5, -2.0, 1.0), (2.0, 1.0, 0.5))
LENGTHS = torch.tensor([3, 5, 1, 4, 2, 6, 3])
CHANGES = ["held", "silenced", "wiped", "blanked", "appended", "all", "none", "late"]


def prober(cell: str) -> Prober:
    """Return what answers about a new model on a file with 7 test samples, none of which is whole."""
    torch.manual_seed(3)
    x = torch.randn(7, 7, 3)
    x[torch.arange(7) >= LENGTHS[:, None]] = 0
    samples = Samples(x, torch.arange(7) % 3, LENGTHS)
    dataset = Dataset(samples, samples, SHAPE, FILE)
    return Prober(SequenceClassifier(cell, 6, 3, 3), dataset, Scaling.of(samples, "standard", FILE))


def change(asked: Prober, name: str) -> Intervention:
    """Return an intervention by its name; `late` is one after the end of most samples."""
    late = Intervention(wipe=(Wipe(4), Wipe(9)), blank=(Span(4, 5), Span(8, 9)), append_blank=2)
    return (interventions(asked._model, 7) | {"late": late})[name]


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("name", CHANGES)
def test_a_set_is_counted_as_if_each_sample_were_alone(cell: str, name: str) -> None:
    asked = prober(cell)
    changed, test = change(asked, name), asked._dataset.test
    request = Ask(Selection(subject=Set(), intervention=changed), (Question("evaluation"),))
    answer = answer_in(asked.answer(request, 1, None))
    mean, deviation = torch.tensor(FILE.mean), torch.tensor(FILE.deviation)
    loss, matrix = 0.0, [[0] * 3 for _ in range(3)]
    for x, label, length in zip(test.x, test.labels.tolist(), LENGTHS, strict=True):
        with torch.no_grad():
            h = read_by_hand(asked._model, (x[:length] - mean) / deviation, changed, torch.zeros(3))[-1]
            outputs = asked._model.read_out(h)
        loss -= float(functional.log_softmax(outputs.double(), 0)[label]) / 7
        matrix[label][int(outputs.argmax())] += 1
    assert answer.arrays["confusion"].numbers.tolist() == [count for row in matrix for count in row]
    assert answer.facts["loss"] == pytest.approx(loss, rel=1e-5)


def test_a_sample_has_its_real_timesteps_alone_and_what_is_appended_is_the_mean() -> None:
    asked = prober("lstm")
    assert answer_in(asked.answer(activations_of(3), 1, None)).arrays["input"].shape == (4, 3)
    selection = Selection(subject=Sample(3), intervention=Intervention(append_blank=2))
    answer = answer_in(asked.answer(Ask(selection, (Question("activations"),)), 1, None))
    read = answer.arrays["input"]
    assert read.shape == (6, 3)
    assert read.numbers.tolist() == [*asked._dataset.test.x[3, :4].flatten().tolist(), *FILE.mean, *FILE.mean]


def test_an_input_that_is_given_is_in_the_file_s_own_units() -> None:
    asked = prober("gru")
    sample = answer_in(asked.answer(activations_of(1), 1, None)).arrays
    given = Ask(Selection(subject=Given(sample["input"])), (Question("activations"),))
    assert answer_in(asked.answer(given, 1, None)).arrays == sample
