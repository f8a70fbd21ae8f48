"""Several processes that train one model: `torchrun` starts them, DistributedDataParallel joins them.

The first does all that a single one does. Before each batch it tells the others which step it is and with
what learning rate; each reads its share of the batch, and the gradients are averaged. While the first says
nothing (paused, evaluating, saving), the others wait. So all that steers a training needs to reach only one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
import torch
from safetensors.torch import load, save
from torch import Tensor, distributed, nn

from explorer.engine.distributed.rank import Rank
from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError

FOREVER: Final = timedelta(days=365)
"""How long the others wait for the first: a training may be paused."""
END: Final = 0
"""The step that is none: the training has ended."""


class Order(NamedTuple):
    """What the first process tells the others to do."""

    step: int
    """Counted from 1 over the whole run."""
    learning_rate: float


class SingleProcess:
    """A training in one process: nobody to agree with."""

    size = 1
    """How many processes there are."""

    def share(self, batch: Tensor) -> Tensor:
        """The part of a batch (B, ...) that this process reads."""
        return batch

    def total(self, numbers: Tensor) -> Tensor:
        """The sum of each number over all processes."""
        return numbers

    def join(self, model: nn.Module) -> None:
        """Train this model from now on: with the first one's weights, and everybody's gradients."""
        self._joined: nn.Module | None = model

    def outputs(self, batch: Tensor) -> Tensor:
        """What the model makes of a part of a batch; its backward pass waits for everybody's."""
        assert self._joined is not None
        return self._joined(batch)  # type: ignore[no-any-return]

    def lead(self, order: Order) -> None:
        """Have the others learn from the next batch, too."""

    def part(self) -> None:
        """Let the others go."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Say in one line when another process has gone meanwhile.

        Raises:
            GatescopeError: it has.
        """
        yield


class ProcessGroup(SingleProcess):
    """One of several processes."""

    def __init__(self, place: Rank) -> None:
        """Wait until all are there.

        Raises:
            GatescopeError: they can't reach each other.
        """
        self._rank, self.size = place.rank, place.size
        # Numbers that a GPU holds go by NVIDIA's library, all others by gloo, which every torch has.
        cuda = torch.cuda.is_available() and distributed.is_nccl_available()
        backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        with self.together():
            distributed.init_process_group(backend, timeout=FOREVER, rank=place.rank, world_size=place.size)

    def brief(self, config: Config, averages: dict[str, Tensor]) -> None:
        """Tell the others what they need to go on from here; the weights they get when they `join`."""
        self._say(msgspec.json.encode(config))
        self._say(save(averages))

    def be_briefed(self) -> tuple[Config, dict[str, Tensor]]:
        """What the first one says: every option, and the optimizer's state."""
        return msgspec.json.decode(self._hear(), type=Config), load(self._hear())

    def _say(self, text: bytes) -> None:
        """Tell the others something."""
        with self.together():
            distributed.broadcast(torch.tensor([len(text)]), 0)
            distributed.broadcast(torch.frombuffer(bytearray(text), dtype=torch.uint8), 0)

    def _hear(self) -> bytes:
        """What the first one says."""
        length = torch.zeros(1, dtype=torch.int64)
        with self.together():
            distributed.broadcast(length, 0)
            text = torch.empty(int(length.item()), dtype=torch.uint8)
            distributed.broadcast(text, 0)
        return text.numpy().tobytes()

    def follow(self) -> Order | None:
        """What the first one wants next; None: nothing any more."""
        order = torch.zeros(2, dtype=torch.float64)
        with self.together():
            distributed.broadcast(order, 0)
        step, learning_rate = order.tolist()
        return None if step == END else Order(int(step), learning_rate)

    def lead(self, order: Order) -> None:
        """Have the others learn from the next batch, too."""
        with self.together():
            distributed.broadcast(torch.tensor(order, dtype=torch.float64), 0)

    def part(self) -> None:
        """Let the others go; they may have gone already.

        Threads of gloo that still hold a tensor when Python ends abort the process. They end with the group,
        and that lives as long as the joined model, which is part of a cycle.
        """
        if self._rank == 0:
            with suppress(GatescopeError):
                self.lead(Order(END, 0.0))
        self._joined = None
        gc.collect()
        distributed.destroy_process_group()

    def share(self, batch: Tensor) -> Tensor:
        """The part of a batch (B, ...) that this process reads; some get one digit less, or none."""
        return batch.tensor_split(self.size)[self._rank]

    def total(self, numbers: Tensor) -> Tensor:
        """The sum of each number over all processes."""
        with self.together():
            distributed.all_reduce(numbers)
        return numbers

    def join(self, model: nn.Module) -> None:
        """Train this model from now on: with the first one's weights, and everybody's gradients."""
        with self.together():
            super().join(nn.parallel.DistributedDataParallel(model))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Say in one line when another process has gone meanwhile.

        Raises:
            GatescopeError: it has.
        """
        try:
            yield
        except RuntimeError as error:  # gloo's have no class of their own
            if not isinstance(error, distributed.DistError) and "gloo" not in str(error):
                raise
            raise GatescopeError(
                "another process of this training is gone; train --resume goes on from the last checkpoint"
            ) from error
