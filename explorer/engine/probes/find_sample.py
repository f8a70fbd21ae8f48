"""The probe behind the key m: the next test sample that is misread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from explorer.protocol.messages import Refused, SampleFound

PART: Final = 50
"""Samples read at a time to see which still are misread: 5 ms for an LSTM of 128 units."""
MOST: Final = 200
"""Samples read for one request: a training waits for it."""


def find_sample(
    predictions: Tensor, labels: Tensor, after: int, read: Callable[[Tensor], Tensor]
) -> SampleFound | Refused:
    """The next misread test sample; after the last one, the search goes on from the first.

    The weights may have been trained since the evaluation: then some that were misread no longer are.

    Args:
        predictions: the classes that the first N test samples were read as, (N,) int64.
        labels: the true classes of all test samples, int64.
        after: search from the sample after this one.
        read: takes indices of samples, (n,) int64, and returns what they are read as now, likewise.
    """
    labels = labels[: len(predictions)].cpu()
    indices = (predictions != labels).nonzero().flatten()
    if not len(indices):
        return Refused(f"none of the {len(predictions):,} evaluated test samples was misread")
    indices = torch.cat([indices[indices > after], indices[indices <= after]])
    for some in indices[:MOST].split(PART):
        still = some[read(some) != labels[some]]
        if len(still):
            return SampleFound(int(still[0]))
    found = "no test sample" if len(indices) <= MOST else f"none of the next {MOST} test samples"
    return Refused(f"{found} misread at the newest evaluation still is")
