"""The test samples of a set: one rule for every question about many, read in parts that fit memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.evaluation import PART
from explorer.engine.probes.context import Context
from explorer.protocol.questions import Samples as Wanted
from explorer.system.errors import GatescopeError, UsageError

PART_NUMBERS: Final = 11_000_000
"""Numbers that one pass may hold, 44 MB: 250 samples of 28 timesteps with 128 hidden units. They take an LSTM
20 ms; between two parts it is noticed that nobody waits for the answer any more."""


class Found(NamedTuple):
    """A set, and what it was chosen from."""

    indices: Tensor
    """Those of the test set's samples that are in the set, (n,) int64 on the CPU; at least one."""
    among: Tensor
    """The first ones of the class that is wanted, whatever they are read as, (m,) likewise."""
    predictions: Tensor | None
    """The class that each of `among` is read as without an intervention, (m,) int64 on the CPU; None where
    that isn't asked."""


def find(context: Context, wanted: Wanted, progress: Callable[[float], object]) -> Found:
    """The samples of a set: the first so many, of those a class, of those what is read as another.

    What the weights misread is found without an intervention, whatever else is asked about it.

    Raises:
        UsageError: there is no such class.
        GatescopeError: there is no such sample.
    """
    classes, labels = context.shape.classes, context.dataset.test.labels.cpu()
    for flag, number in (("--label", wanted.label), ("--read-as", wanted.read_as)):
        if number is not None and number >= len(classes):
            raise UsageError(f"{flag}: the classes are 0 to {len(classes) - 1}, not {number}")
    among = torch.arange(len(labels))[slice(wanted.first)]
    if wanted.label is not None:
        among = among[labels[among] == wanted.label]
    chosen, predictions = among, None
    if wanted.read_as is not None and len(among):
        predictions = _predict(context, among, progress)
        chosen = among[predictions == wanted.read_as]
    if not len(chosen):
        what = "test sample" if wanted.label is None else classes[wanted.label]
        first = f" among the first {wanted.first:,} test samples" if wanted.first else ""
        kind = "" if wanted.read_as is None else f" was read as {classes[wanted.read_as]}"
        raise GatescopeError(f"no {what}{kind}{first}" if kind else f"there is no {what}{first}")
    return Found(chosen, among, predictions)


def part_of(context: Context, timesteps: int) -> int:
    """How many sequences of so many timesteps are read at a time."""
    held = timesteps * (12 * context.model.layer.hidden_size + context.shape.inputs)  # the most of any cell
    return max(1, min(PART, PART_NUMBERS // held))


def parts(
    context: Context, indices: Tensor, appended: int, progress: Callable[[float], object]
) -> Iterator[Samples]:
    """Test samples, some at a time; `progress` gets the share done after each.

    Args:
        context: whose test samples.
        indices: which of them, (n,) int64.
        appended: how many timesteps more than theirs are read.
        progress: may raise, to break off.
    """
    test, done = context.dataset.test, 0
    for some in indices.split(part_of(context, context.shape.timesteps + appended)):
        yield test.some(some.to(test.labels.device))
        done += len(some)
        progress(done / len(indices))


@torch.no_grad()
def _predict(context: Context, indices: Tensor, progress: Callable[[float], object]) -> Tensor:
    """The classes that test samples are read as without an intervention, (n,) int64 on the CPU."""
    every = parts(context, indices, 0, progress)
    return torch.cat([context.read(context.scaling(x), lengths).argmax(1).cpu() for x, _, lengths in every])
