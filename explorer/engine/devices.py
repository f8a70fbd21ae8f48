"""The device, the threads and the precision that the engine computes with."""

from __future__ import annotations

import os

import torch

from explorer.runs.config import Config
from explorer.system.cores import threads_of
from explorer.system.errors import GatescopeError
from models.by_hand.products import has_bfloat16
from models.registry import layer_class


def set_threads(threads: int, processes: int = 1) -> None:
    """Set how many threads one matrix product uses, as `threads_of` says."""
    torch.set_num_threads(threads_of(threads, processes))


def require_precision(config: Config, device: torch.device) -> None:
    """Refuse bfloat16 products where they would be no faster, or can't be computed.

    Raises:
        GatescopeError: the cell, the device or the processor doesn't support them.
    """
    if config.precision == "float32":
        return
    if layer_class(config.cell).tape is None:
        missing = f"the cell {config.cell} has no matrix products of its own"
    elif device.type != "cpu":
        missing = f"bf16 is for the CPU, not for {device.type}"
    elif not has_bfloat16():
        missing = "bf16 needs a CPU with AVX512-BF16 or AMX"
    else:
        return
    raise GatescopeError(f"--precision {config.precision}: {missing}; use float32")


def choose_device(wanted: str, number: int = 0) -> torch.device:
    """The requested device; auto takes the first of cuda, mps, cpu that is available.

    On a GPU only deterministic kernels are used, so that a seed gives the same numbers there too.

    Args:
        wanted: auto, cuda, mps or cpu.
        number: which GPU, if there are several.

    Raises:
        GatescopeError: this machine, or this build of torch, doesn't have it.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    device = next(name for name, ready in available.items() if ready) if wanted == "auto" else wanted
    if not available[device]:
        names = ", ".join(name for name, ready in available.items() if ready)
        raise GatescopeError(f"--device {device}: torch finds no such device here; available: {names}")
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts
        torch.use_deterministic_algorithms(True)
        if number >= torch.cuda.device_count():
            raise GatescopeError(f"no GPU is left for process {number + 1} on this machine")
        torch.cuda.set_device(number)
    return torch.device(device)
