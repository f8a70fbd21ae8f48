"""The other processes of a training: each reads its share of every batch, as the first process directs."""

from __future__ import annotations

import signal
import sys
import time

from explorer.engine.distributed.group import ProcessGroup
from explorer.engine.distributed.rank import Rank
from explorer.engine.learning.batches import Scaling, batches, steps_per_epoch
from explorer.engine.learning.step import Learner
from explorer.engine.prepare import prepare
from explorer.engine.record.checkpoints import new_model
from explorer.system.signals import ENDING

POLL = 0.1
"""Seconds between two checks whether all processes are there."""


def run_worker(rank: Rank) -> None:
    """Train with the first process until it ends the training.

    Raises:
        GatescopeError: the first process is gone, the device isn't available, or the data can't be read.
    """
    group = ProcessGroup(rank, lambda line: _report(rank, line), lambda: time.sleep(POLL))
    try:
        # The first process decides when the training ends; torchrun signals all of them.
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        config, averages = group.be_briefed()
        device, dataset = prepare(config, lambda line: None, rank)
        learner = Learner(new_model(config, dataset.shape).to(device), config, averages, group)
        samples = dataset.train
        scaling = Scaling.of(samples, config.recipe.normalise, dataset.file)
        epoch_steps, epoch = steps_per_epoch(samples, config.batch_size), 0
        while order := group.follow():
            epochs_done, steps_done = divmod(order.step - 1, epoch_steps)
            if epoch != epochs_done + 1:
                epoch = epochs_done + 1
                rest = batches(samples, config, scaling, epoch, steps_done)
            learner.read(next(rest))
            learner.update(order.learning_rate)
    finally:
        group.part()


def _report(rank: Rank, line: str) -> None:
    """Say for whom a process waits, once for each machine but the first: there the first process says so."""
    if rank.local_rank == 0:
        print(f"gatescope: rank {rank.rank} is {line}", file=sys.stderr, flush=True)
