"""How well the network reads a set of test samples: with or without an intervention, at any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from explorer.engine.data.dataset import Samples
from explorer.engine.learning.evaluation import Evaluation, evaluate
from explorer.engine.probes.context import Context, array
from explorer.engine.probes.sets import find, part_of
from explorer.protocol.questions import Answer, Fact, Selection
from explorer.protocol.questions import Samples as Wanted
from explorer.system.errors import GatescopeError


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
    samples = _samples(context, wanted, lambda share: context.progress(share / halves))
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


def _samples(context: Context, wanted: Wanted, progress: Callable[[float], object]) -> Samples:
    """The test samples of a set; all of them, or the first, are no copy.

    Raises:
        UsageError: there is no such class.
        GatescopeError: there is no such sample.
    """
    test, indices = context.dataset.test, find(context, wanted, progress).indices
    whole = wanted.label is None and wanted.read_as is None
    return test.some(slice(wanted.first) if whole else indices.to(test.labels.device))


def _evaluate(
    context: Context,
    samples: Samples,
    read: Callable[..., Tensor],
    progress: Callable[[float], object],
) -> Evaluation:
    """Evaluate in parts that fit memory; `progress` gets the share done after each."""
    part, done = part_of(context, samples.x.shape[1]), 0

    def between() -> None:
        nonlocal done
        done += part
        progress(min(1.0, done / len(samples.labels)))

    return evaluate(read, samples, context.scaling, between, part)
