"""One training step gives the same bits as torch's own classes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from kit.trainings import one_thread, require_same
from torch.nn import functional

from explorer.engine.data.dataset import Samples
from explorer.engine.distributed.group import SingleProcess
from explorer.engine.learning.step import Learner
from explorer.engine.record.checkpoints import new_model
from explorer.runs.config import configure
from explorer.runs.shape import DIGITS
from models.registry import CELLS


@pytest.mark.parametrize("cell", list(CELLS))
@one_thread()
def test_steps_are_those_of_torchs_own_adamw(cell: str) -> None:
    config = configure({"cell": cell, "hidden": 8})
    ours, theirs = new_model(config, DIGITS), new_model(config, DIGITS)
    learner = Learner(ours, config, {}, SingleProcess())
    decay = config.recipe.weight_decay
    optimizer = torch.optim.AdamW(theirs.parameters(), lr=1.0, weight_decay=decay, fused=True)
    generator = torch.Generator().manual_seed(1)
    for number in range(1, 6):
        images = torch.randn(7, 28, 28, generator=generator)
        labels = torch.randint(10, (7,), generator=generator)
        read = learner.read(Samples(images, labels))
        learner.update(0.01 / number)
        outputs = theirs(images)
        loss = functional.cross_entropy(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(theirs.parameters(), config.recipe.clip)
        optimizer.param_groups[0]["lr"] = 0.01 / number
        optimizer.step()
        right = (outputs.argmax(1) == labels).sum().item() / 7
        assert read == pytest.approx((loss.item(), right, norm.item()), rel=1e-6)
        require_same(ours.state_dict(), theirs.state_dict())


def test_the_first_step_imports_no_compiler() -> None:
    program = """
import sys, torch
from explorer.engine.data.dataset import Samples
from explorer.engine.record.checkpoints import new_model
from explorer.engine.learning.step import Learner
from explorer.engine.distributed.group import SingleProcess
from explorer.runs.config import configure
from explorer.runs.shape import DIGITS
config = configure({"hidden": 4})
learner = Learner(new_model(config, DIGITS), config, {}, SingleProcess())
learner.read(Samples(torch.zeros(2, 28, 28), torch.zeros(2, dtype=torch.int64)))
learner.update(0.1)
print([name for name in sys.modules if name.startswith(("torch._dynamo", "sympy"))])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
