"""A lack of memory is known by whatever a library says, and never taken for anything else."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
import torch

from explorer.runs.errors import GatescopeError
from explorer.runs.memory import naming, ran_out


@pytest.mark.parametrize(
    "ask",
    [lambda: torch.empty(1 << 58), lambda: np.empty(1 << 58), lambda: bytearray(1 << 60)],
    ids=["torch", "numpy", "python"],
)
def test_what_no_machine_has_is_named_with_the_cure(ask: object) -> None:
    with pytest.raises(GatescopeError, match=r"^out of memory; do with less$"), naming("do with less"):
        ask()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("std::bad_alloc"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        ImportError("libtorch_cpu.so: cannot allocate memory in static TLS block"),
    ],
    ids=str,
)
def test_every_library_is_understood(error: Exception) -> None:
    assert ran_out(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("boom"),
        OSError(errno.ENOSPC, "full"),
        ValueError("out of memory, says a file"),
        KeyError(),
    ],
    ids=repr,
)
def test_other_failures_stay_what_they_are(error: Exception) -> None:
    assert not ran_out(error)
    with pytest.raises(type(error)), naming("do with less"):
        raise error
