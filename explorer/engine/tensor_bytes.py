"""The memory of a tensor, to be read, filled or sent without a copy."""

from __future__ import annotations

import torch
from torch import Tensor


def bytes_of(tensor: Tensor) -> memoryview:
    """The bytes of a tensor on the CPU, which must be contiguous; writing to them changes it."""
    return tensor.detach().reshape(-1).view(torch.uint8).numpy().data
