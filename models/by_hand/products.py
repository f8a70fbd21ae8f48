"""Matrix products, by whatever is fastest on this machine.

On a processor, torch gives float32 products to MKL. On an AMD EPYC with AVX-512, MKL reaches half of what
oneDNN does (107 against 207 GFLOP/s for 100×157 by 157×512); on one with AVX2 alone, it is ahead (75 against
65). oneDNN comes with torch; its product of dense tensors is the one that `torch.compile` writes. The choice
hangs on the processor's kind, not on a clock, so that a seed gives the same bits every time.

With `rounded`, both factors are rounded to bfloat16 (8 bits of the 24), their products are summed in float32,
and the sum is rounded, too. Some processors have instructions for that; all others take longer.
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


def has_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16 (x86: AVX512-BF16 or AMX) that torch knows of."""
    known: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))


_ONEDNN = has_onednn() and torch.backends.cpu.get_cpu_capability() != "AVX2"


def weight_product(weight: Tensor, batch: int, rounded: bool = False) -> Callable[[Tensor, Tensor], Tensor]:
    """What multiplies (batch, K), contiguous, by a weight (N, K), giving (batch, N).

    Its second argument is room for the product, which may be left unused; who changes the weight asks again.

    With several threads, oneDNN's weight is laid out for them once, for all the timesteps that use it
    (100×157 by 157×512: 62 to 42 µs). With one (73 to 68 µs) that would not pay for itself.
    """
    if rounded:
        transposed = weight.bfloat16().t()
        return lambda rows, room: room.copy_(torch.mm(rows.bfloat16(), transposed))
    if not _ONEDNN or weight.dtype is not torch.float32:
        transposed = weight.t()
        return lambda rows, room: torch.mm(rows, transposed, out=room)
    one = torch.get_num_threads() == 1
    packed = weight if one else torch.ops.mkldnn._reorder_linear_weight(weight, batch)
    multiply = torch.ops.mkldnn._linear_pointwise
    return lambda rows, room: multiply(rows, packed, None, "none", [], "")


def sum_over_rows(a: Tensor, b: Tensor, transposed: Tensor, rounded: bool = False) -> Tensor:
    """The sum over all rows of a's (R, K) times b's (R, N): (K, N). `a` should be the narrower one.

    oneDNN wants its first factor contiguous, (K, R): `a` is copied to `transposed`. `b` it reads as it is.
    """
    if rounded:
        return torch.mm(a.bfloat16().t(), b.bfloat16()).to(a.dtype)
    if not _ONEDNN or a.dtype is not torch.float32:
        return torch.mm(a.t(), b)
    product: Tensor = torch.ops.mkldnn._linear_pointwise(transposed.copy_(a.t()), b.t(), None, "none", [], "")
    return product
