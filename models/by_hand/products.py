"""Matrix products, by whatever is fastest on this machine.

On a processor, torch gives float32 products to MKL, which on an AMD EPYC reaches half of what oneDNN does
(107 against 207 GFLOP/s for 100×157 by 157×512). oneDNN comes with torch; its product of dense tensors is
the one that `torch.compile` writes. Where it isn't there, torch's own is used: the same numbers but for
rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def has_onednn() -> bool:
    """Whether this torch has oneDNN's products of dense tensors."""
    return torch.backends.mkldnn.is_available() and all(
        hasattr(torch.ops.mkldnn, name) for name in ("_linear_pointwise", "_reorder_linear_weight")
    )


_ONEDNN = has_onednn()


def by(weight: Tensor, batch: int) -> Callable[[Tensor], Tensor]:
    """What multiplies (batch, K), contiguous, by a weight (N, K), giving (batch, N).

    With several threads, the weight is laid out for them once, for all the timesteps that use it (100×157
    by 157×512: 62 to 42 µs). With one (73 to 68 µs) that would not pay for itself.
    """
    if not _ONEDNN or weight.dtype is not torch.float32:
        turned = weight.t()
        return lambda rows: torch.mm(rows, turned)
    packed = (
        weight if torch.get_num_threads() == 1 else torch.ops.mkldnn._reorder_linear_weight(weight, batch)
    )
    multiply = torch.ops.mkldnn._linear_pointwise
    return lambda rows: multiply(rows, packed, None, "none", [], "")


def over_rows(a: Tensor, b: Tensor, turned: Tensor) -> Tensor:
    """The sum over all rows of a's (R, K) times b's (R, N): (K, N). `a` should be the narrower one.

    oneDNN wants its first factor contiguous, (K, R): `a` is copied to `turned`. `b` it reads as it is.
    """
    if not _ONEDNN or a.dtype is not torch.float32:
        return torch.mm(a.t(), b)
    product: Tensor = torch.ops.mkldnn._linear_pointwise(turned.copy_(a.t()), b.t(), None, "none", [], "")
    return product
