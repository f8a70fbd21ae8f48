"""The device, the threads and the precision that the engine computes with."""

from __future__ import annotations

import os

import torch

from explorer.runs.config import Config
from explorer.system.errors import GatescopeError
from models.by_hand.products import has_bfloat16
from models.registry import layer_class

MOST_THREADS = 4
"""More threads than this don't help products of 64×128×512; they only wait for each other."""


def set_threads(threads: int, processes: int = 1) -> None:
    """Set how many threads one matrix product uses; 0: half the cores this process may use, at most 4.

    Half, because on two cores a second thread saves only a quarter of an LSTM's step (8.9 to 6.4 ms, batch
    100, hidden 128), and the rest is left to a screen or another run. If several processes on this machine
    train together, they share that half.
    """
    torch.set_num_threads(threads or max(1, min(cores() // 2 // processes, MOST_THREADS)))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
