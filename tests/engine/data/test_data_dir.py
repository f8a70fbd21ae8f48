"""The user's own data folder (`--data-dir`): what is read, and how everything else is refused."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.digits import ASSETS, IMAGES, LABELS, idx, ignore, load_line, require_parity, tiny_files, write_files
from kit.refusals import refusing

from explorer.engine.data import idx as idx_files
from explorer.engine.data import sources
from explorer.engine.data.dataset import load_dataset
from explorer.runs.config import DATASETS
from explorer.system.errors import GatescopeError


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("below", ["", "kind", "kind/raw"])
def test_any_number_of_samples_is_read_and_nothing_is_written(tmp_path, monkeypatch, name, below):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = sources.SOURCES[name]
    files = tiny_files(source, train=7, test=3)
    raw = write_files(source.raw(tmp_path / "mine"), files)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").rglob("*")}
    folder = tmp_path / "mine" / below.replace("kind", source.kind)
    require_parity(load_dataset(name, str(folder), ignore), source, files)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").rglob("*")} == before
    assert raw.is_dir() and not (tmp_path / "cache").exists()


def test_the_parent_of_the_folder_is_never_searched(tmp_path):
    write_files(tmp_path / "MNIST" / "raw", tiny_files(sources.SOURCES["mnist"]))
    (tmp_path / "other").mkdir()
    assert str(tmp_path / "other" / "MNIST" / "raw") in load_line(data_dir=tmp_path / "other")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("train-images-idx3-ubyte", idx(IMAGES, (2, 28, 28), b"\0" * 99), "115 bytes instead of 1,584"),
        ("train-images-idx3-ubyte", idx(IMAGES, (1, 28, 28), b"\0" * 785), "801 bytes instead of 800"),
        ("train-images-idx3-ubyte", idx(IMAGES, (20, 14, 14), b"\0" * 3920), "(14, 14), not (28, 28)"),
        ("train-images-idx3-ubyte", idx(IMAGES, (0, 28, 28), b""), "empty: its sizes are 0 × 28 × 28"),
        (
            "train-images-idx3-ubyte",
            b"\x1f\x8b\x08\x08" + b"\0" * 20,
            "starts with 1f8b0808, not with 00000803",
        ),
        ("t10k-images-idx3-ubyte", b"", "starts with nothing"),
        ("t10k-images-idx3-ubyte", b"\0\0\x08\x03\0", "5 bytes instead of 16"),
        ("t10k-labels-idx1-ubyte", idx(LABELS, (9,), b"\1" * 9), "9 labels for 10 images"),
        (
            "t10k-labels-idx1-ubyte",
            idx(LABELS, (10,), b"\1" * 9 + b"\x0a"),
            "labels from 1 to 10, not 0 to 9",
        ),
        ("t10k-labels-idx1-ubyte", idx(IMAGES, (10,), b"\1" * 10), "starts with 00000803"),
        ("t10k-labels-idx1-ubyte", idx(LABELS, (0,), b""), "empty"),
    ],
)
def test_a_damaged_file_is_named_with_its_fault(tmp_path, name, content, said):
    files = tiny_files(sources.SOURCES["mnist"]) | {name: content}
    raw = write_files(tmp_path / "MNIST" / "raw", files)
    line = load_line(data_dir=tmp_path)
    assert line.startswith(str(raw / name)) and said in line and "--data-dir" in line


@pytest.mark.parametrize("instead", ["nothing", "folder", "fifo", "dangling link"])
def test_a_missing_file_is_named(tmp_path, instead):
    raw = write_files(tmp_path / "MNIST" / "raw", tiny_files(sources.SOURCES["mnist"]))
    path = raw / "t10k-labels-idx1-ubyte"
    path.unlink()
    {
        "nothing": lambda: None,
        "folder": path.mkdir,
        "fifo": partial(os.mkfifo, path),
        "dangling link": partial(path.symlink_to, "nowhere"),
    }[instead]()
    assert f"{path} is missing;" in load_line(data_dir=tmp_path)


def test_files_that_are_still_compressed_are_distinguished_from_missing_ones(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in ASSETS.glob("*.gz"):
        shutil.copy(path, raw)
    line = load_line(data_dir=tmp_path)
    assert "only its .gz is there" in line and "gunzip" in line


def test_negative_labels_of_qmnist_are_refused(tmp_path):
    files = tiny_files(sources.SOURCES["qmnist"])
    name = sources.SOURCES["qmnist"].test.labels
    files[name] = files[name][:12] + b"\xff" * 4 + files[name][16:]
    write_files(tmp_path / "QMNIST" / "raw", files)
    assert "labels from -1 to" in load_line("qmnist", tmp_path)


def test_the_checked_files_are_read_and_not_the_pickles_of_an_old_torchvision(tmp_path):
    source = sources.SOURCES["mnist"]
    files = tiny_files(source)
    write_files(source.raw(tmp_path), files)
    (tmp_path / "MNIST" / "processed").mkdir()
    for name in ("training.pt", "test.pt"):
        torch.save(("no", "digits"), tmp_path / "MNIST" / "processed" / name)
    require_parity(load_dataset("mnist", str(tmp_path), ignore), source, files)


def test_a_file_that_is_truncated_while_it_is_read_is_reported_in_one_line(tmp_path, monkeypatch):
    raw = write_files(tmp_path / "MNIST" / "raw", tiny_files(sources.SOURCES["mnist"], train=1000))
    read_sizes = idx_files._sizes

    def read_and_truncate(file: BinaryIO, path: Path, *kind: Any) -> list[int]:
        sizes = read_sizes(file, path, *kind)
        os.truncate(path, 100)
        return sizes

    monkeypatch.setattr(idx_files, "_sizes", read_and_truncate)
    line = load_line(data_dir=tmp_path)
    assert line.startswith(f"{raw / 'train-images-idx3-ubyte'} has 100 bytes instead of 784,016")


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ESTALE, errno.EIO])
def test_what_cannot_be_read_now_is_tried_again_and_then_named(tmp_path, code):
    files = tiny_files(sources.SOURCES["mnist"])
    path = write_files(tmp_path / "MNIST" / "raw", files) / "t10k-labels-idx1-ubyte"
    with refusing(path, code, times=2):
        require_parity(load_dataset("mnist", str(tmp_path), ignore), sources.SOURCES["mnist"], files)
    with refusing(path, code):
        assert load_line(data_dir=tmp_path).startswith(f"can't read {path} now: {os.strerror(code)}; ")


FOLDER_FILES = tiny_files(sources.SOURCES["mnist"], train=2, test=1)
SIZES = st.one_of(st.sampled_from([0, 1, 2, 27, 28, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1))


@st.composite
def harmed(draw: Callable[..., Any], name: str) -> bytes:
    """A file's bytes, damaged (or not) in a way that leaves some of them right."""
    whole = bytearray(FOLDER_FILES[name])
    match draw(st.integers(0, 4)):
        case 0:
            return draw(st.binary(max_size=100))
        case 1:
            return bytes(whole[: draw(st.integers(0, len(whole)))]) + draw(st.binary(max_size=8))
        case 2:
            whole[draw(st.integers(0, min(15, len(whole) - 1)))] = draw(st.integers(0, 255))
        case 3:
            whole[4:8] = draw(SIZES).to_bytes(4, "big")
        case 4:
            sizes = tuple(draw(st.lists(SIZES, min_size=whole[3], max_size=whole[3])))
            return idx(bytes(whole[:4]), sizes, draw(st.binary(max_size=100)))
    return bytes(whole)


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@given(content=st.data())
@settings(deadline=None, max_examples=150)
def test_any_bytes_give_samples_or_a_one_line_error(small_folder, content):
    name = content.draw(st.sampled_from(sorted(FOLDER_FILES)))
    files = FOLDER_FILES | {name: content.draw(harmed(name))}
    raw = write_files(small_folder / "MNIST" / "raw", files)
    try:
        dataset = load_dataset("mnist", str(small_folder), ignore)
    except GatescopeError as error:
        assert str(raw) in str(error) and "\n" not in str(error)
    else:
        for images, labels, _ in dataset[:2]:
            assert images.shape == (len(labels), 28, 28) and len(labels)
            assert 0 <= labels.min() <= labels.max() <= 9
        require_parity(dataset, sources.SOURCES["mnist"], files)
