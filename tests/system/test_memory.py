"""A lack of memory is known by whatever a library says, and never taken for anything else."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from kit.screen import finished_run

from explorer.engine.lifecycle import explain
from explorer.system.errors import GatescopeError
from explorer.system.memory import naming, ran_out


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
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
    ids=str,
)
def test_every_library_is_understood(error: Exception) -> None:
    assert ran_out(error)


def test_a_library_that_can_t_be_loaded_is_named_with_both_causes() -> None:
    unmapped = ImportError("libtorch_cpu.so: failed to map segment from shared object")
    both = r"not enough memory .* \(noexec\); raise `ulimit -v`"
    with pytest.raises(GatescopeError, match=both) as caught, naming("do with less"):
        raise unmapped
    assert explain(unmapped) == str(caught.value)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS doesn't limit address space")
@pytest.mark.parametrize("what", ["graph", "activations"])
def test_an_export_for_which_torch_has_no_room_fails_in_one_line(tmp_path: Path, what: str) -> None:
    run = finished_run(tmp_path)
    command = [sys.executable, "-m", "explorer", "export", str(run.path), what]
    limited = ["sh", "-c", 'ulimit -v 2000000 && exec "$@"', "sh", *command]
    done = subprocess.run(limited, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "memory" in done.stderr


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
