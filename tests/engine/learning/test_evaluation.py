"""Evaluating test samples, compared with counting them one by one."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from models.classifier import SequenceClassifier
from models.registry import CELLS


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("timesteps", "inputs", "classes"), [(28, 28, 10), (5, 3, 2), (9, 1, 23)])
def test_loss_accuracy_and_matrix_are_those_of_the_samples_one_by_one(
    cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    torch.manual_seed(1)
    model = SequenceClassifier(cell, 8, inputs, classes)
    x = torch.randint(0, 256, (41, timesteps, inputs), dtype=torch.uint8)
    labels = torch.randint(0, classes, (41,))
    found = evaluate(model, Samples(x, labels), Scaling(0.2, 0.4), part=7)
    loss, matrix = 0.0, [[0] * classes for _ in range(classes)]
    for one, label in zip(x, labels, strict=True):
        with torch.no_grad():
            outputs = model((one[None].float() / 255 - 0.2) / 0.4)[0]
        loss += -functional.log_softmax(outputs, 0)[label].item()
        matrix[int(label)][int(outputs.argmax())] += 1
    assert found.confusion == matrix
    assert found.accuracy == sum(matrix[k][k] for k in range(classes)) / 41
    assert found.loss == pytest.approx(loss / 41, rel=1e-5)
    assert len(found.predictions) == 41
