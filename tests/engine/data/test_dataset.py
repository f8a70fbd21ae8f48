"""The embedded MNIST, the cache it is read from, and a torchvision that doesn't match torch."""

from __future__ import annotations

import errno
import gzip
import hashlib
import importlib.abc
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from kit.digits import ASSETS, REPOSITORY, ignore, load_line, require_parity, tiny_files, write_files
from kit.refusals import refusing
from torchvision import datasets

from explorer.engine.data import download, mnist, sources
from explorer.engine.data.dataset import Dataset, Samples, load_dataset
from explorer.runs.config import DATASETS


@pytest.fixture(scope="session")
def unpacked() -> dict[str, bytes]:
    """MNIST's four files, decompressed once for all tests."""
    return {name: gzip.decompress((ASSETS / f"{name}.gz").read_bytes()) for name in mnist.MNIST_MD5}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert mnist.cache_root().is_relative_to(tmp_path)
    return mnist.cache_root()


@pytest.fixture
def tiny_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Embed 30 samples instead of MNIST: the checks don't depend on the number of samples."""
    files = tiny_files(sources.SOURCES["mnist"])
    monkeypatch.setattr(mnist, "MNIST_MD5", {n: hashlib.md5(c).hexdigest() for n, c in files.items()})
    embedded = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    monkeypatch.setattr(mnist, "EMBEDDED", (tmp_path / "no", write_files(tmp_path / "embedded", embedded)))
    return files


def test_every_data_set_of_the_options_has_a_source():
    assert tuple(sources.SOURCES) == DATASETS


def test_the_embedded_files_are_found_where_the_wheel_and_the_checkout_have_them():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    in_wheel, in_checkout = mnist.EMBEDDED
    assert included[str(in_checkout.relative_to(REPOSITORY))] == str(in_wheel.relative_to(REPOSITORY))


def test_the_attribution_is_beside_the_files_and_lists_their_checksums():
    text = (ASSETS / "LICENSE.md").read_text()
    assert all(md5 in text and name in text for name, md5 in mnist.MNIST_MD5.items())
    assert "CC BY-SA 3.0" in text


class TestEmbeddedMnist:
    def test_the_first_load_fills_the_cache_and_the_next_leaves_it_unchanged(self, root, unpacked):
        lines: list[str] = []
        first = load_dataset("mnist", None, lambda line, share: lines.append(line))
        raw = root / "MNIST" / "raw"
        assert [line for line in lines if str(raw) in line and "unpacking" in line] == lines != []
        assert {path.name: path.read_bytes() for path in raw.iterdir()} == unpacked
        before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
        lines.clear()
        second = load_dataset("mnist", None, lambda line, share: lines.append(line))
        assert lines == []
        assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before
        require_parity(first, sources.SOURCES["mnist"], unpacked)
        require_parity(second, sources.SOURCES["mnist"], unpacked)
        assert [len(samples.labels) for samples in first[:2]] == [60_000, 10_000]

    @pytest.mark.parametrize("name", mnist.MNIST_MD5)
    @pytest.mark.parametrize("harm", ["bit flip", "truncation", "emptied", "longer", "missing", "unreadable"])
    def test_a_damaged_or_missing_file_is_unpacked_again(self, root, tiny_mnist, name, harm):
        raw = write_files(root / "MNIST" / "raw", tiny_mnist)
        path, content = raw / name, tiny_mnist[name]
        match harm:
            case "bit flip":
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            case "truncation":
                path.write_bytes(content[: len(content) // 2])
            case "emptied":
                path.write_bytes(b"")
            case "longer":
                path.write_bytes(content + b"\0")
            case "missing":
                path.unlink()
            case "unreadable":
                path.unlink()
                path.symlink_to(path)
        lines: list[str] = []
        dataset = load_dataset("mnist", None, lambda line, share: lines.append(line))
        require_parity(dataset, sources.SOURCES["mnist"], tiny_mnist)
        assert [str(path) in line for line in lines] == [True]
        assert path.read_bytes() == content

    def test_damage_in_the_real_files_is_found_and_repaired(self, root, unpacked):
        raw = write_files(root / "MNIST" / "raw", unpacked)
        with (raw / "t10k-images-idx3-ubyte").open("r+b") as file:
            file.seek(4_000_000)
            file.write(bytes([unpacked["t10k-images-idx3-ubyte"][4_000_000] ^ 4]))
        os.truncate(raw / "train-labels-idx1-ubyte", 30_000)
        require_parity(load_dataset("mnist", None, ignore), sources.SOURCES["mnist"], unpacked)

    def test_a_cache_path_below_a_file_is_said_once_and_mnist_is_there_all_the_same(
        self, tmp_path, monkeypatch, tiny_mnist
    ):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
        lines: list[str] = []
        dataset = load_dataset("mnist", None, lambda line, share: lines.append(line))
        require_parity(dataset, sources.SOURCES["mnist"], tiny_mnist)
        [said] = [line for line in lines if "can't write the cache" in line]
        assert str(tmp_path / "file" / "cache") in said and "from the program instead" in said

    def test_other_data_name_a_cache_path_below_a_file_with_a_way_out(self, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
        line = load_line("kmnist")
        assert str(tmp_path / "file" / "cache") in line
        assert "XDG_CACHE_HOME" in line and "--data-dir" in line

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
    def test_a_full_disk_stops_nothing_and_leaves_no_partial_file(self, root, tiny_mnist, monkeypatch, code):
        def fail(handle: int) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fail)
        lines: list[str] = []
        dataset = load_dataset("mnist", None, lambda line, share: lines.append(line))
        require_parity(dataset, sources.SOURCES["mnist"], tiny_mnist)
        assert [os.strerror(code) in line for line in lines].count(True) == 1
        assert list((root / "MNIST" / "raw").iterdir()) == []

    @pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
    def test_a_file_that_cannot_be_read_now_is_left_alone_and_not_called_damaged(
        self, root, tiny_mnist, monkeypatch, code
    ):
        raw = write_files(root / "MNIST" / "raw", tiny_mnist)
        before = {path: path.stat().st_ino for path in raw.iterdir()}
        unread = raw / "train-images-idx3-ubyte", raw / "t10k-images-idx3-ubyte"
        with refusing(unread[0], code), refusing(unread[1], code):
            lines: list[str] = []
            dataset = load_dataset("mnist", None, lambda line, share: lines.append(line))
        require_parity(dataset, sources.SOURCES["mnist"], tiny_mnist)
        [said] = lines
        assert os.strerror(code) in said and "damaged" not in said
        assert {path: path.stat().st_ino for path in raw.iterdir()} == before

    def test_a_cache_that_is_truncated_while_it_is_in_use_does_no_harm(self, root, tiny_mnist):
        raw = write_files(root / "MNIST" / "raw", tiny_mnist)
        dataset = load_dataset("mnist", None, ignore)
        for path in raw.iterdir():
            os.truncate(path, 0)
        require_parity(dataset, sources.SOURCES["mnist"], tiny_mnist)  # a mapping would end this process

    def test_an_intact_cache_is_not_written(self, root, tiny_mnist, monkeypatch):
        write_files(root / "MNIST" / "raw", tiny_mnist)
        monkeypatch.setattr(mnist, "write_atomically", None)
        require_parity(load_dataset("mnist", None, ignore), sources.SOURCES["mnist"], tiny_mnist)

    @pytest.mark.parametrize("harm", ["missing", "cut", "no gzip", "other content", "broken stream"])
    def test_a_damaged_installation_is_named_with_a_way_out(self, root, tiny_mnist, harm):
        path = mnist.EMBEDDED[1] / "t10k-labels-idx1-ubyte.gz"
        whole = path.read_bytes()
        path.unlink()
        if harm != "missing":
            broken = whole[:12] + bytes([whole[12] ^ 0xFF]) + whole[13:]
            contents = {"cut": whole[:-9], "no gzip": b"not gzip", "broken stream": broken}
            path.write_bytes(contents.get(harm, gzip.compress(b"0123456789")))
        line = load_line()
        assert str(path) in line and "reinstall gatescope" in line
        assert ("missing" if harm == "missing" else "damaged") in line

    def test_two_processes_can_fill_the_cache_at_once_without_torch(self, root, unpacked):
        code = (
            "import sys; from pathlib import Path; from explorer.engine.data.mnist import read_mnist\n"
            "read_mnist(Path(sys.argv[1]), lambda line, share: None); sys.exit('torch' in sys.modules)"
        )
        both = [subprocess.Popen([sys.executable, "-c", code, str(root)]) for _ in range(2)]
        assert [process.wait(60) for process in both] == [0, 0]
        assert {path.name: path.read_bytes() for path in (root / "MNIST" / "raw").iterdir()} == unpacked


class Mismatched(importlib.abc.MetaPathFinder):
    """Makes `import torchvision` fail as it does beside a torch of another version."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "torchvision":
            raise self.error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("operator torchvision::nms does not exist"),
        ImportError("libtorch_cuda.so: cannot open\nshared object file"),
        OSError("undefined symbol: _ZN5torch"),
        AttributeError("partially initialized module 'torchvision' has no attribute 'extension'"),
    ],
)
def test_a_torchvision_for_another_torch_is_reported_in_one_line(monkeypatch, root, error):
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Mismatched(error), *sys.meta_path])
    versions = {"torch": "2.13.0", "torchvision": "0.29.2"}
    monkeypatch.setattr(download.metadata, "version", versions.__getitem__)
    line = load_line("kmnist")
    assert "torchvision 0.29.2" in line and "torch 2.13.0" in line and str(error).split()[0] in line
    assert line.endswith("pip install --upgrade torch torchvision")


def test_a_missing_torchvision_is_reported_in_one_line(monkeypatch, root):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)

    def version(name: str) -> str:
        raise download.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(download.metadata, "version", version)
    assert "torchvision (not installed)" in load_line("kmnist")


def read_by_torchvision(root: Path, name: str) -> Dataset:
    """The data set as torchvision reads it from a folder."""
    source = sources.SOURCES[name]
    kind = getattr(datasets, source.kind)
    parts = (kind(root, **part.choice) for part in (source.train, source.test))
    both = (Samples(part.data, part.targets.view(len(part.data), -1)[:, 0]) for part in parts)
    return Dataset(*both, sources.SOURCES[name].shape)


@pytest.mark.parametrize("name", DATASETS)
def test_each_data_set_is_read_as_torchvision_reads_it(tmp_path: Path, name: str) -> None:
    source = sources.SOURCES[name]
    write_files(source.raw(tmp_path), tiny_files(source))
    require_equality(load_dataset(name, str(tmp_path), ignore), read_by_torchvision(tmp_path, name))


def test_the_cached_mnist_is_read_as_torchvision_reads_it(root: Path) -> None:
    require_equality(load_dataset("mnist", None, ignore), read_by_torchvision(root, "mnist"))


def require_equality(mine: Dataset, theirs: Dataset) -> None:
    """Both have the same values and types."""
    for part, other in zip(mine[:2], theirs[:2], strict=True):
        assert part.x.equal(other.x)
        assert part.labels.equal(other.labels)
        assert (part.x.dtype, part.labels.dtype) == (other.x.dtype, other.labels.dtype)


def test_data_that_is_already_there_needs_no_torchvision(root: Path) -> None:
    cached, mine = sources.SOURCES["kmnist"], sources.SOURCES["mnist"]
    write_files(cached.raw(root), tiny_files(cached))
    write_files(mine.raw(root / "mine"), tiny_files(mine))
    code = "import sys; from explorer.engine.data.dataset import load_dataset\n"
    for name, folder in (("mnist", None), ("kmnist", None), ("mnist", str(root / "mine"))):
        code += f"load_dataset({name!r}, {folder!r}, lambda *_: None)\n"
    code += "print('torchvision' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
