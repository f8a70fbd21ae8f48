"""Matrix products, by the fastest library on this machine.

On a CPU, torch leaves float32 products to MKL. On an AMD EPYC with AVX-512, MKL is half as fast as oneDNN
(107 against 207 GFLOP/s for 100×157 by 157×512); on one with AVX2 only, MKL is faster (75 against 65). oneDNN
comes with torch; its product of dense tensors is the one that `torch.compile` emits. The choice depends on
the kind of CPU, not on a timing, so that a seed gives the same bits every time.

With `rounded`, both factors are rounded to bfloat16 (8 of the 24 bits), their products are summed in float32,
and the sum is rounded too. Some CPUs have instructions for this; all others take longer.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def has_onednn() -> bool:
    """Whether this torch has oneDNN's product of dense tensors."""
    return torch.backends.mkldnn.is_available() and all(
        hasattr(torch.ops.mkldnn, name) for name in ("_linear_pointwise", "_reorder_linear_weight")
    )


def has_bfloat16() -> bool:
    """Whether this CPU has bfloat16 instructions (x86: AVX512-BF16 or AMX) that torch knows of."""
    known: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))


_ONEDNN = has_onednn() and torch.backends.cpu.get_cpu_capability() != "AVX2"
SMALL = 1 << 20
"""Multiplications up to which MKL wins everywhere: calling oneDNN takes 10 µs more."""


def _by_onednn(weight: Tensor, rows: int) -> bool:
    """Whether oneDNN multiplies (rows, K) by a weight (N, K)."""
    return _ONEDNN and weight.dtype is torch.float32 and rows * weight.numel() > SMALL


def weight_product(weight: Tensor, batch: int, rounded: bool = False) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function that multiplies (batch, K), contiguous, by a weight (N, K), giving (batch, N).

    Its second argument is memory for the product, which may stay unused. After the weight changes, call this
    again.

    With several threads, oneDNN's weight is laid out for them once, for all timesteps that use it (from 62 to
    42 µs for 100×157 by 157×512). With one thread (from 73 to 68 µs) that would not pay for itself.
    """
    if rounded:
        transposed = weight.bfloat16().t()
        return lambda rows, out: out.copy_(torch.mm(rows.bfloat16(), transposed))
    if not _by_onednn(weight, batch):
        transposed = weight.t()
        return lambda rows, out: torch.mm(rows, transposed, out=out)
    single = torch.get_num_threads() == 1
    packed = weight if single else torch.ops.mkldnn._reorder_linear_weight(weight, batch)
    multiply = torch.ops.mkldnn._linear_pointwise
    return lambda rows, out: multiply(rows, packed, None, "none", [], "")


def sum_over_rows(a: Tensor, b: Tensor, transposed: Tensor, rounded: bool = False) -> Tensor:
    """Return aᵀ b, (K, N), summed over the R rows of a (R, K) and b (R, N). `a` should be the narrower one.

    oneDNN needs its first factor contiguous, (K, R), so `a` is copied to `transposed`. `b` is read in place.
    """
    if rounded:
        return torch.mm(a.bfloat16().t(), b.bfloat16()).to(a.dtype)
    if not _by_onednn(b, a.size(1)):
        return torch.mm(a.t(), b)
    product: Tensor = torch.ops.mkldnn._linear_pointwise(transposed.copy_(a.t()), b.t(), None, "none", [], "")
    return product
