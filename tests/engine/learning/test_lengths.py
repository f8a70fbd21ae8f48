"""Sequences of several lengths: learnt from and evaluated as if each were read alone."""

from __future__ import annotations

import pytest
import torch
from kit.trainings import one_thread
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.distributed.group import SingleProcess
from explorer.engine.learning.batches import Scaling, batches
from explorer.engine.learning.evaluation import evaluate, fitting
from explorer.engine.learning.step import Learner
from explorer.engine.record.checkpoints import new_model
from explorer.runs.config import configure
from explorer.runs.data_files import SequenceFile
from explorer.runs.shape import Shape
from models.registry import CELLS

SHAPE = Shape(7, 3, ("a", "b", "c", "d"))
FILE = SequenceFile(1, "", (0.5, -2.0, 10.0), (2.0, 1.0, 0.25))
LENGTHS = torch.tensor([3, 5, 1, 4, 2, 5, 3, 1, 2, 4, 5])


def samples() -> Samples:
    """Return 11 sequences of up to five of the seven timesteps."""
    x = torch.randn(11, 7, 3, generator=torch.Generator().manual_seed(2))
    x[torch.arange(7) >= LENGTHS[:, None]] = 0
    return Samples(x, torch.arange(11) % 4, LENGTHS)


def scaled(x: torch.Tensor) -> torch.Tensor:
    """Scale a sequence (T, 3), number by number."""
    columns = [(x[:, i] - FILE.mean[i]) / FILE.deviation[i] for i in range(3)]
    return torch.stack(columns, dim=1)[None]


@pytest.mark.parametrize("cell", list(CELLS))
@one_thread()
def test_a_step_has_the_gradients_of_each_sequence_read_alone(cell: str) -> None:
    config = configure({"cell": cell, "hidden": 6, "batch_size": 11})
    one, other, part = new_model(config, SHAPE), new_model(config, SHAPE), samples()
    (batch,) = batches(part, config, Scaling.of(part, "standard", FILE), 1)
    assert batch.x.shape == (11, 5, 3)  # as far as the longest goes
    learner = Learner(one, config, {}, SingleProcess())
    read = learner.read(batch)
    loss = torch.tensor(0.0)
    for x, label, length in zip(part.x, part.labels, LENGTHS, strict=True):
        h = other.layer.trace(scaled(x[:length])).h[:, -1]
        loss = loss + functional.cross_entropy(other.read_out(h), label[None]) / 11
    loss.backward()
    torch.nn.utils.clip_grad_norm_(other.parameters(), config.recipe.clip)
    assert read.loss == pytest.approx(loss.item(), rel=1e-5)
    for (name, ours), theirs in zip(one.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize("cell", list(CELLS))
def test_an_evaluation_reads_each_sequence_as_if_it_were_alone(cell: str) -> None:
    model, part = new_model(configure({"cell": cell, "hidden": 6}), SHAPE), samples()
    found = evaluate(model, part, Scaling.of(part, "whole-set", FILE), part=4)
    loss = 0.0
    with torch.no_grad():
        for n, (x, label, length) in enumerate(zip(part.x, part.labels, LENGTHS, strict=True)):
            outputs = model.read_out(model.layer.trace(scaled(x[:length])).h[:, -1])[0]
            loss -= outputs.log_softmax(0)[label].item() / 11
            assert found.predictions[n] == outputs.argmax()
    assert found.loss == pytest.approx(loss, rel=1e-5)


def test_of_long_sequences_fewer_are_read_at_a_time() -> None:
    """A thousand samples of 28 timesteps take some memory; as many of 1,000 would take 36 times that."""
    assert [fitting(1000, timesteps) for timesteps in (1, 28, 29, 280, 1000)] == [1000, 1000, 965, 100, 28]
    assert fitting(10, 1000) == 1


def test_a_blank_timestep_of_a_file_is_its_mean_and_of_images_paper() -> None:
    part = samples()
    scaling = Scaling.of(part, "standard", FILE)
    assert scaling.blank_of(part.x).tolist() == [0.5, -2.0, 10.0]
    assert scaling(scaling.blank_of(part.x)).tolist() == [0.0, 0.0, 0.0]
    images = torch.zeros(2, 4, 3, dtype=torch.uint8)
    paper = Scaling.of(Samples(images, torch.zeros(2)), "standard").blank_of(images)
    assert paper.dtype is torch.uint8 and paper.tolist() == [0, 0, 0]
