"""How far a step moves the cell's matrices, and of which steps that is measured."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from kit.trainings import one_thread

from explorer.engine.data.dataset import Samples
from explorer.engine.distributed.group import SingleProcess
from explorer.engine.learning.step import Learner
from explorer.engine.learning.updates import is_measured
from explorer.engine.record.checkpoints import new_model
from explorer.runs.config import configure
from explorer.runs.shape import Shape
from models.registry import CELLS

SHAPE = Shape(timesteps=5, inputs=3, classes=("a", "b", "c"))


@pytest.mark.parametrize("cell", list(CELLS))
@one_thread()
def test_an_update_is_measured_by_norms_written_out_and_changes_nothing(cell):
    config = configure({"cell": cell, "hidden": 6})
    measuring, plain = (Learner(new_model(config, SHAPE), config, {}, SingleProcess()) for _ in range(2))
    generator = torch.Generator().manual_seed(1)
    for _ in range(3):
        batch = Samples(
            torch.randn(4, 5, 3, generator=generator), torch.randint(3, (4,), generator=generator)
        )
        for learner in (measuring, plain):
            learner.read(batch)
        before = {name: part.tolist() for name, part in plain.model.layer.state_dict().items()}
        found = measuring.update_measured(0.01)
        plain.update(0.01)
        after = {name: part.tolist() for name, part in plain.model.layer.state_dict().items()}
        assert after == {name: part.tolist() for name, part in measuring.model.layer.state_dict().items()}
        assert found.keys() == {"W_ih", "W_hh"}
        for sign, name in (("W_ih", "weight_ih_l0"), ("W_hh", "weight_hh_l0")):
            pairs = [
                (a, b)
                for some, other in zip(after[name], before[name], strict=True)
                for a, b in zip(some, other, strict=True)
            ]
            moved = math.sqrt(sum((a - b) ** 2 for a, b in pairs))
            assert found[sign] == pytest.approx(moved / math.sqrt(sum(b * b for _, b in pairs)), rel=1e-4)


def test_early_steps_are_measured_closely_and_a_million_steps_some_thousand_times():
    measured = [step for step in range(1, 1_000_001) if is_measured(step)]
    assert measured[:18] == [*range(1, 17), 24, 32]
    assert 2000 < len(measured) < 6000
    assert all(later - one <= max(8, one / 128) for one, later in pairwise(measured))
