"""The processes that train one model together: a single one, or several started by `torchrun`.

The first process does everything that a single one does. Before each batch it sends the others the step and
its learning rate; each process reads its share of the batch, and DistributedDataParallel averages the
gradients. While the first sends nothing (paused, evaluating, saving), the others wait. So whatever controls a
training needs to reach only the first process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Final, NamedTuple, Protocol

import msgspec
import torch
from safetensors.torch import load, save
from torch import Tensor, distributed, nn

from explorer.engine.distributed.meeting import meet
from explorer.engine.distributed.rank import Rank
from explorer.runs.config import Config
from explorer.system.errors import GatescopeError

LONGEST_WAIT: Final = timedelta(days=365)
"""How long the others wait for the first: a training may be paused."""
END: Final = 0
"""Stands in for a step: the training has ended."""


class Order(NamedTuple):
    """An order from the first process to the others: learn from the next batch."""

    step: int
    """Counted from 1 over the whole run."""
    learning_rate: float


class Group(Protocol):
    """The processes of one training, as seen by one of them."""

    size: int
    """Number of processes."""

    def join(self, model: nn.Module) -> None:
        """Train this model from now on, with the first process's weights and the gradients of all."""

    def lead(self, order: Order) -> None:
        """Have the others learn from the next batch too; only the first process calls this."""

    def share(self, batch: Tensor) -> Tensor:
        """Return the part of a batch (B, ...) that this process reads."""

    def outputs(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Return the joined model's outputs for a share of a batch; backward then waits for the others."""

    def total(self, numbers: Tensor) -> Tensor:
        """Return the sum of each number over all processes."""

    def together(self) -> AbstractContextManager[None]:
        """If another process goes missing, turn that into a one-line error.

        Raises:
            GatescopeError: another process is gone.
        """


class SingleProcess:
    """A group of one."""

    size = 1

    def join(self, model: nn.Module) -> None:
        """Train this model."""
        self._model = model

    def lead(self, order: Order) -> None:
        """Do nothing: there are no others."""

    def share(self, batch: Tensor) -> Tensor:
        """Return the whole batch."""
        return batch

    def outputs(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Return the model's outputs."""
        outputs: Tensor = self._model(x, lengths=lengths)
        return outputs

    def total(self, numbers: Tensor) -> Tensor:
        """Return the numbers themselves."""
        return numbers

    def together(self) -> AbstractContextManager[None]:
        """Guard nothing: there is no other process to lose."""
        return nullcontext()


class ProcessGroup:
    """One of several processes."""

    def __init__(self, rank: Rank, report: Callable[[str], object], pause: Callable[[], object]) -> None:
        """Wait until all processes are there.

        Args:
            rank: this process.
            report: called with a line that says for whom.
            pause: waits a moment; whatever it raises ends the waiting.

        Raises:
            GatescopeError: they can't reach each other.
        """
        self._rank, self.size = rank.rank, rank.size
        self._model: nn.Module | None = None
        # Tensors on a GPU go through NVIDIA's library, all others through gloo, which every torch has.
        cuda = torch.cuda.is_available() and distributed.is_nccl_available()
        backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        store = meet(rank, LONGEST_WAIT, report, pause)
        with self.together():
            distributed.init_process_group(
                backend, store=store, timeout=LONGEST_WAIT, rank=rank.rank, world_size=rank.size
            )

    def join(self, model: nn.Module) -> None:
        """Wrap the model so that its backward pass averages the gradients of all processes."""
        with self.together():
            self._model = nn.parallel.DistributedDataParallel(model)

    def lead(self, order: Order) -> None:
        """Send an order to all others."""
        with self.together():
            distributed.broadcast(torch.tensor(order, dtype=torch.float64), 0)

    def follow(self) -> Order | None:
        """Return the first process's next order; None at the end of the training."""
        order = torch.zeros(2, dtype=torch.float64)
        with self.together():
            distributed.broadcast(order, 0)
        step, learning_rate = order.tolist()
        return None if step == END else Order(int(step), learning_rate)

    def share(self, batch: Tensor) -> Tensor:
        """Return an equal part of a batch (B, ...); some processes get one sample less, or none."""
        return batch.tensor_split(self.size)[self._rank]

    def outputs(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Return the wrapped model's outputs."""
        assert self._model is not None
        outputs: Tensor = self._model(x, lengths=lengths)
        return outputs

    def total(self, numbers: Tensor) -> Tensor:
        """Return the sum of each number, the same in every process."""
        with self.together():
            distributed.all_reduce(numbers)
        return numbers

    def brief(self, config: Config, averages: dict[str, Tensor]) -> None:
        """Send the others the config and the optimizer's state; the weights follow with `join`."""
        self._send(msgspec.json.encode(config))
        self._send(save(averages))

    def be_briefed(self) -> tuple[Config, dict[str, Tensor]]:
        """Receive what the first process sends: every option, and the optimizer's state."""
        return msgspec.json.decode(self._receive(), type=Config), load(self._receive())

    def _send(self, content: bytes) -> None:
        """Send bytes to all others."""
        with self.together():
            distributed.broadcast(torch.tensor([len(content)]), 0)
            distributed.broadcast(torch.frombuffer(bytearray(content), dtype=torch.uint8), 0)

    def _receive(self) -> bytes:
        """Receive bytes from the first process."""
        length = torch.zeros(1, dtype=torch.int64)
        with self.together():
            distributed.broadcast(length, 0)
            content = torch.empty(int(length.item()), dtype=torch.uint8)
            distributed.broadcast(content, 0)
        return content.numpy().tobytes()

    def part(self) -> None:
        """Leave the group; the first process releases the others, some of which may be gone already.

        Threads of gloo that still hold a tensor when Python exits abort the process. They end with the group,
        and the group lives as long as the wrapped model, which is part of a reference cycle.
        """
        if self._rank == 0:
            with suppress(GatescopeError):
                self.lead(Order(END, 0.0))
        self._model = None
        gc.collect()
        distributed.destroy_process_group()

    @contextmanager
    def together(self) -> Iterator[None]:
        """If another process goes missing, turn that into a one-line error.

        Raises:
            GatescopeError: another process is gone.
        """
        try:
            yield
        except RuntimeError as error:  # gloo's errors have no class of their own
            if not isinstance(error, distributed.DistError) and "gloo" not in str(error):
                raise
            raise GatescopeError(
                "another process of this training is gone; resume it from the last checkpoint with --resume"
            ) from error
