"""Samples for the tests: tiny data sets as files, and the tensors that reading them must give."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.engine.data import sources
from explorer.engine.data.dataset import Dataset, load_dataset
from explorer.runs.config import Config, configure
from explorer.system.errors import GatescopeError

REPOSITORY = Path(__file__).parents[2]
ASSETS = REPOSITORY / "assets" / "mnist"
IMAGES, LABELS = b"\0\0\x08\x03", b"\0\0\x08\x01"


def ignore(line: str, share: float | None) -> None:
    """Discard a progress report."""


def load_line(name: str = "mnist", data_dir: Path | None = None) -> str:
    """Return the error message for data that can't be loaded: one line."""
    with pytest.raises(GatescopeError) as caught:
        load_dataset(name, None if data_dir is None else str(data_dir), ignore)
    line = str(caught.value)
    assert "\n" not in line
    return line


def idx(magic: bytes, sizes: tuple[int, ...], body: bytes) -> bytes:
    return magic + struct.pack(f">{len(sizes)}I", *sizes) + body


def tiny_files(source: sources.Source, train: int = 20, test: int = 10) -> dict[str, bytes]:
    """Make the four files of a data set of a few random samples."""
    random = np.random.default_rng(len(source.kind))
    files = {}
    for part, count in ((source.train, train), (source.test, test)):
        pixels = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = np.arange(count) % 10
        files[part.images] = idx(IMAGES, (count, 28, 28), pixels.tobytes())
        if "idx1" in part.labels:
            files[part.labels] = idx(LABELS, (count,), labels.astype(np.uint8).tobytes())
        else:  # QMNIST: the class and seven more numbers about the writer
            more = np.stack([labels, *[labels + 1000] * 7], axis=1).astype(">i4")
            files[part.labels] = idx(b"\0\0\x0c\x02", (count, 8), more.tobytes())
    return files


def write_files(raw: Path, files: dict[str, bytes]) -> Path:
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)
    return raw


def write_tiny_mnist(place: Path) -> Path:
    """Write a data folder with 20 training and 30 test samples: five steps an epoch with `tiny_config`."""
    return write_files(place / "MNIST" / "raw", tiny_files(sources.SOURCES["mnist"], train=20, test=30))


def tiny_config(place: Path, **options: object) -> Config:
    """Configure a training on that data folder, a few milliseconds a step; options as on the command line."""
    tiny = {"data_dir": str(place), "hidden": 8, "batch_size": 4, "threads": 1, "device": "cpu"}
    return configure(tiny | options)


def require_parity(dataset: Dataset, source: sources.Source, files: dict[str, bytes]) -> None:
    """Require the tensors to be what a three-line parser reads from the files."""
    for digits, part in zip(dataset[:2], (source.train, source.test), strict=True):
        images = np.frombuffer(files[part.images], np.uint8, offset=16).reshape(-1, 28, 28)
        if "idx1" in part.labels:
            labels = np.frombuffer(files[part.labels], np.uint8, offset=8)
        else:
            labels = np.frombuffer(files[part.labels], ">i4", offset=12).reshape(-1, 8)[:, 0]
        assert (digits.x.dtype, digits.labels.dtype) == (torch.uint8, torch.int64)
        np.testing.assert_array_equal(digits.x.numpy(), images)
        np.testing.assert_array_equal(digits.labels.numpy(), labels)
