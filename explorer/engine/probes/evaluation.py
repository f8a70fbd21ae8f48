"""How well the network reads a set of test samples: with or without an intervention, at any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.evaluation import PART, Evaluation, evaluate
from explorer.engine.probes.context import Context, array
from explorer.protocol.questions import Answer, Fact, Selection
from explorer.protocol.questions import Samples as Wanted
from explorer.system.errors import GatescopeError, UsageError

PART_NUMBERS: Final = 11_000_000
"""Numbers that one pass may hold, 44 MB: 250 samples of 28 timesteps with 128 hidden units. They take an LSTM
20 ms; between two parts it is noticed that nobody waits for the answer any more."""


def read_evaluation(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read a set of test samples, and count.

    Arrays: `confusion`, (K, K): how many of a label (row) were read as a class (column). Facts: `loss`, the
    mean cross-entropy in nats; `accuracy`, 0..1; `samples`, how many were read.
    """
    wanted = selection.subject
    if not isinstance(wanted, Wanted):
        raise GatescopeError("this question is about a set of samples, not about one")
    # What the weights misread is found without the intervention: half of the work, where that is asked for.
    halves = 1 if wanted.read_as is None else 2
    samples = _choose(context, wanted, lambda share: context.progress(share / halves))
    read = partial(context.read, intervention=selection.intervention)
    found = _evaluate(context, samples, read, lambda share: context.progress(1 - (1 - share) / halves))
    classes = context.shape.classes
    return Answer(
        what="evaluation",
        asked=selection,
        step=context.step,
        facts={"loss": found.loss, "accuracy": found.accuracy, "samples": len(samples.labels)},
        arrays={
            "confusion": array(
                torch.tensor(found.confusion),
                "label",
                "predicted",
                label="test samples by their class and by what they were read as",
                coordinates={"label": classes, "predicted": classes},
            )
        },
    )


def _choose(context: Context, wanted: Wanted, progress: Callable[[float], object]) -> Samples:
    """The test samples of a set.

    Raises:
        UsageError: there is no such class.
        GatescopeError: there is no such sample.
    """
    classes, test = context.shape.classes, context.dataset.test
    for flag, number in (("--label", wanted.label), ("--read-as", wanted.read_as)):
        if number is not None and number >= len(classes):
            raise UsageError(f"{flag}: the classes are 0 to {len(classes) - 1}, not {number}")
    chosen = test.some(slice(wanted.first))
    if wanted.label is not None:
        chosen = chosen.some(chosen.labels == wanted.label)
    if wanted.read_as is not None and len(chosen.labels):
        predictions = _evaluate(context, chosen, context.read, progress).predictions
        chosen = chosen.some((predictions == wanted.read_as).to(chosen.labels.device))
    if not len(chosen.labels):
        what = "test sample" if wanted.label is None else classes[wanted.label]
        among = f" among the first {wanted.first:,} test samples" if wanted.first else ""
        kind = "" if wanted.read_as is None else f" was read as {classes[wanted.read_as]}"
        raise GatescopeError(f"no {what}{kind}{among}" if kind else f"there is no {what}{among}")
    return chosen


def _evaluate(
    context: Context,
    samples: Samples,
    read: Callable[..., Tensor],
    progress: Callable[[float], object],
) -> Evaluation:
    """Evaluate in parts that fit memory; `progress` gets the share done after each."""
    _, timesteps, inputs = samples.x.shape
    held = timesteps * (12 * context.model.layer.hidden_size + inputs)  # the most that any cell holds of one
    part = max(1, min(PART, PART_NUMBERS // held))
    done = 0

    def between() -> None:
        nonlocal done
        done += part
        progress(min(1.0, done / len(samples.labels)))

    return evaluate(read, samples, context.scaling, between, part)
