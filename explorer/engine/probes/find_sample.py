"""The probe behind the key m and the confusion matrix: the next test sample of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from explorer.protocol.messages import FindSample, Refused, SampleFound

PART: Final = 50
"""Samples read at a time to see which still are of that kind: 5 ms for an LSTM of 128 units."""
MOST: Final = 200
"""Samples read for one request: a training waits for it."""


def find_sample(
    predictions: Tensor, labels: Tensor, request: FindSample, read: Callable[[Tensor], Tensor]
) -> SampleFound | Refused:
    """The next test sample of a kind; after the last one, the search goes on from the first.

    The weights may have been trained since the evaluation: then some that were misread no longer are.

    Args:
        predictions: the classes that the first N test samples were read as, (N,) int64.
        labels: the true classes of all test samples, int64.
        request: the kind, and where to start.
        read: takes indices of samples, (n,) int64, and returns what they are read as now, likewise.
    """
    labels = labels[: len(predictions)].cpu()
    indices = _of_kind(predictions, labels, request).nonzero().flatten()
    if not len(indices):
        return Refused(_none_found(request, len(predictions)))
    indices = torch.cat([indices[indices > request.after], indices[indices <= request.after]])
    for some in indices[:MOST].split(PART):
        still = some[_of_kind(read(some), labels[some], request)]
        if len(still):
            return SampleFound(int(still[0]))
    return Refused(_none_left(request, len(indices)))


def _of_kind(predictions: Tensor, labels: Tensor, request: FindSample) -> Tensor:
    """Which samples are of the kind that is wanted, by what they are read as and what they are, bool."""
    if request.label is None and request.predicted is None:
        return predictions != labels
    wanted = torch.ones(len(predictions), dtype=torch.bool)
    if request.label is not None:
        wanted &= labels == request.label
    if request.predicted is not None:
        wanted &= predictions == request.predicted
    return wanted


def _none_left(request: FindSample, count: int) -> str:
    """Say that of the `count` samples of that kind none still is, as far as was read."""
    who = "test sample" if request.label is None else request.label
    kind = "misread" if request.predicted is None else f"read as {request.predicted}"
    found = f"no {who}" if count <= MOST else f"none of the next {MOST} test samples"
    return f"{found} {kind} at the newest evaluation still is"


def _none_found(request: FindSample, count: int) -> str:
    """Say that none of the `count` evaluated test samples is of that kind."""
    where = f"of the {count:,} evaluated test samples"
    match (request.label, request.predicted):
        case (None, None):
            return f"none {where} was misread"
        case (label, None):
            return f"none {where} is a {label}"
        case (None, predicted):
            return f"none {where} was read as {predicted}"
        case (label, predicted):
            return f"no {label} was read as {predicted} (in the {count:,} evaluated test samples)"
