"""Files of sequences for the tests, and trainings on them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from kit.trainings import one_thread

from explorer.engine import lifecycle
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder

Arrays = dict[str, Any]


def some(count: int = 12, timesteps: int = 5, inputs: int = 3, classes: int = 3, seed: int = 0) -> Arrays:
    """Return sequences at random, each class with a mean of its own, and their labels."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % classes
    x = random.normal(size=(count, timesteps, inputs)) * np.arange(1, inputs + 1) + 3 * y[:, None, None]
    return {"x": x, "y": y}


def write(path: Path, **arrays: Any) -> Path:
    """Write an npz file, and return its path."""
    np.savez(path, **arrays)
    return path


def npy(array: np.ndarray) -> bytes:
    """Return the bytes of an npy file."""
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=True)
    return content.getvalue()


def promise(shape: tuple[int, ...], descr: str = "<f8") -> bytes:
    """Return the header alone of an npy file of this shape."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": descr, "fortran_order": False, "shape": shape})
    return content.getvalue()


def pack(path: Path, **entries: bytes) -> Path:
    """Write a zip archive of npy files with these bytes."""
    with ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return path


@one_thread()
def trained(runs: Path, file: Path, name: str = "one", **options: object) -> RunFolder:
    """Train a run on a file to its end, and return its folder; options as on the command line."""
    tiny = {"hidden": 4, "epochs": 1, "batch_size": 4, "threads": 1, "device": "cpu"}
    run = create_run(runs, configure(tiny | {"dataset": str(file)} | options), name)
    lifecycle.train(run)
    return run
