"""What the other processes of a training do: their share of each batch, as the first one tells them."""

from __future__ import annotations

import signal

from explorer.engine.distributed.group import ProcessGroup
from explorer.engine.distributed.rank import Rank
from explorer.engine.learning.batches import Scaling, batches, steps_per_epoch
from explorer.engine.learning.step import Learner
from explorer.engine.prepare import prepare
from explorer.engine.record.checkpoints import new_model
from explorer.runs.signals import ENDING


def run_worker(rank: Rank) -> None:
    """Train with the first process until it says that this is all.

    Raises:
        GatescopeError: the first one is gone, or the data or the device can't be had.
    """
    group = ProcessGroup(rank)
    try:
        # The first one decides when the training ends; torchrun tells all of them to.
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        config, averages = group.be_briefed()
        device, (digits, _) = prepare(config, lambda line: None, rank)
        learner = Learner(new_model(config).to(device), config, averages, group)
        scaling = Scaling.of(digits, config.recipe.normalise)
        length, epoch = steps_per_epoch(digits, config.batch_size), 0
        while order := group.follow():
            before, done = divmod(order.step - 1, length)
            if epoch != before + 1:
                epoch = before + 1
                rest = batches(digits, config, scaling, epoch, done)
            learner.read(*next(rest))
            learner.update(order.learning_rate)
    finally:
        group.part()
