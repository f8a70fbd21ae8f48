"""The probe behind the key m and the confusion matrix: the next test sample of a kind."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.protocol.messages import FindSample, Refused, SampleFound


def find_sample(predictions: Tensor, labels: Tensor, request: FindSample) -> SampleFound | Refused:
    """The next test sample of a kind; after the last one, the search goes on from the first.

    Args:
        predictions: the classes that the first N test samples were read as, (N,) int64.
        labels: the true classes of all test samples, int64.
        request: the kind, and where to start.
    """
    labels = labels[: len(predictions)].cpu()
    if request.label is None and request.predicted is None:
        wanted = predictions != labels
    else:
        wanted = torch.ones(len(predictions), dtype=torch.bool)
        if request.label is not None:
            wanted &= labels == request.label
        if request.predicted is not None:
            wanted &= predictions == request.predicted
    indices = wanted.nonzero().flatten()
    if not len(indices):
        return Refused(_none_found(request, len(predictions)))
    later = indices[indices > request.after]
    return SampleFound(int(later[0] if len(later) else indices[0]))


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
