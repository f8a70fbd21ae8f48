"""Downloading data sets, from a mirror on this machine."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kit.digits import LABELS, idx, ignore, load_line, require_parity, tiny_files, write_files
from kit.refusals import refusing

from explorer.engine.data import download, mnist, sources
from explorer.engine.data.dataset import Dataset, load_dataset
from explorer.runs.config import DATASETS


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert mnist.cache_root().is_relative_to(tmp_path)
    return mnist.cache_root()


class Server:
    """A mirror on this machine that lists the files requested from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.stalls = False
        outer = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                # torchvision asks twice for each file; the first time it only follows redirects
                if self.headers.get("Method") != "HEAD":
                    outer.asked.append(self.path.strip("/"))
                if outer.stalls:
                    time.sleep(2)
                    return
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._http.server_port}/"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "mirror").mkdir()
    server = Server(tmp_path / "mirror")
    yield server
    server.close()


@pytest.fixture
def publish(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, bytes]]:
    """Put a tiny data set on the mirror and point torchvision's class to it."""
    from torchvision import datasets

    def publish(name: str) -> dict[str, bytes]:
        source = sources.SOURCES[name]
        files = tiny_files(source)
        packed = {f"{file}.gz": gzip.compress(content) for file, content in files.items()}
        write_files(server.folder, packed)
        sums = [(file, hashlib.md5(content).hexdigest()) for file, content in packed.items()]
        kind = getattr(datasets, source.kind)
        if name == "qmnist":
            links = [(server.url + file, md5) for file, md5 in sums]
            monkeypatch.setattr(kind, "resources", {"train": links[:2], "test": links[2:]})
        else:
            monkeypatch.setattr(kind, "mirrors", [server.url])
            monkeypatch.setattr(kind, "resources", sums)
        return files

    return publish


@pytest.mark.parametrize("name", DATASETS[1:])
def test_a_download_is_reported_and_cached_and_never_printed(root, server, publish, name, capfd):
    files, source = publish(name), sources.SOURCES[name]
    reports: list[tuple[str, float | None]] = []
    require_parity(load_dataset(name, None, lambda *report: reports.append(report)), source, files)
    assert sorted(server.asked) == sorted(f"{file}.gz" for file in files)
    assert all(source.title in line for line, _ in reports)
    shares = [share for _, share in reports if share is not None]
    assert shares.count(1.0) == 4 and all(0 < share <= 1 for share in shares)
    assert capfd.readouterr() == ("", "")
    reports.clear()
    require_parity(load_dataset(name, None, lambda *report: reports.append(report)), source, files)
    assert (reports, len(server.asked)) == ([], 4)


def test_torchvision_is_left_unchanged(root, publish):
    from torchvision.datasets import utils

    publish("kmnist")
    before = utils.tqdm, socket.getdefaulttimeout()
    load_dataset("kmnist", None, ignore)
    assert (utils.tqdm, socket.getdefaulttimeout()) == before


@pytest.mark.parametrize("packed_is_whole", [True, False])
@pytest.mark.parametrize("content", [b"", b"<html>no such file</html>", None])
def test_a_damaged_file_is_restored(root, server, publish, content, packed_is_whole):
    files, source = publish("fashion-mnist"), sources.SOURCES["fashion-mnist"]
    load_dataset("fashion-mnist", None, ignore)
    path = source.raw(root) / "train-labels-idx1-ubyte"
    path.write_bytes(files[path.name][:-1] if content is None else content)
    if not packed_is_whole:
        path.with_name(f"{path.name}.gz").write_bytes(b"half")
    server.asked.clear()
    lines: list[str] = []
    dataset = load_dataset("fashion-mnist", None, lambda line, share: lines.append(line))
    require_parity(dataset, source, files)
    assert str(path) in lines[0]
    assert server.asked == ([] if packed_is_whole else [f"{path.name}.gz"])


def test_wrong_labels_in_the_cache_are_fetched_again(root, publish):
    files, source = publish("kmnist"), sources.SOURCES["kmnist"]
    load_dataset("kmnist", None, ignore)
    (source.raw(root) / "train-labels-idx1-ubyte").write_bytes(idx(LABELS, (20,), b"\xff" * 20))
    require_parity(load_dataset("kmnist", None, ignore), source, files)


@pytest.mark.parametrize("name", DATASETS[1:])
def test_without_a_network_one_line_names_the_data_set_and_a_way_out(root, server, publish, name):
    publish(name)
    server.close()
    line = load_line(name)
    assert sources.SOURCES[name].title in line and "--data-dir" in line and "refused" in line


def test_a_file_missing_on_the_mirror_is_reported_in_one_line(root, server, publish):
    publish("kmnist")
    (server.folder / "t10k-images-idx3-ubyte.gz").unlink()
    assert "404" in load_line("kmnist")


def test_files_fetched_before_the_network_failed_are_not_fetched_again(root, server, publish):
    files = publish("kmnist")
    last = server.folder / "t10k-labels-idx1-ubyte.gz"
    last.rename(server.folder / "hidden")
    load_line("kmnist")
    (server.folder / "hidden").rename(last)
    server.asked.clear()
    require_parity(load_dataset("kmnist", None, ignore), sources.SOURCES["kmnist"], files)
    assert server.asked == [last.name]


def test_content_with_the_wrong_checksum_is_refused(root, server, publish):
    publish("kmnist")
    (server.folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"other"))
    assert "corrupted" in load_line("kmnist")
    assert "corrupted" in load_line("kmnist")


def test_labels_that_are_no_digits_are_refused_even_with_the_right_checksum(
    root, server, publish, monkeypatch
):
    from torchvision.datasets import KMNIST

    publish("kmnist")
    content = gzip.compress(idx(LABELS, (20,), b"\x63" * 20))
    (server.folder / "train-labels-idx1-ubyte.gz").write_bytes(content)
    changed = dict(KMNIST.resources) | {"train-labels-idx1-ubyte.gz": hashlib.md5(content).hexdigest()}
    monkeypatch.setattr(KMNIST, "resources", list(changed.items()))
    assert "labels from 99 to 99" in load_line("kmnist")


def test_a_stalled_network_times_out(root, server, publish, monkeypatch):
    publish("kmnist")
    server.stalls = True
    monkeypatch.setattr(download, "NETWORK_SECONDS", 0.2)
    started = time.monotonic()
    assert "timed out" in load_line("kmnist")
    assert time.monotonic() - started < 1.9


def test_a_full_disk_is_not_mistaken_for_a_broken_network(root, publish, monkeypatch):
    from torchvision.datasets import utils

    def fail(url: str, filename: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    publish("kmnist")
    monkeypatch.setattr(utils, "_urlretrieve", fail)
    line = load_line("kmnist")
    assert "No space left" in line and str(root) in line and "XDG_CACHE_HOME" in line


def test_a_cache_that_cannot_be_written_is_named(tmp_path, publish, monkeypatch):
    publish("kmnist")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    line = load_line("kmnist")
    assert str(tmp_path / "file") in line and "XDG_CACHE_HOME" in line


def test_two_loads_at_once_fetch_each_file_once(root, server, publish):
    files = publish("qmnist")
    results: list[Dataset] = []
    both = [
        threading.Thread(target=lambda: results.append(load_dataset("qmnist", None, ignore)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert len(server.asked) == 4
    assert len(results) == 2
    for dataset in results:
        require_parity(dataset, sources.SOURCES["qmnist"], files)


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.EACCES])
def test_a_cached_file_that_cannot_be_read_now_is_named_and_not_downloaded_again(root, server, publish, code):
    files, source = publish("kmnist"), sources.SOURCES["kmnist"]
    path = write_files(source.raw(root), files) / source.train.images
    with refusing(path, code):
        line = load_line("kmnist")
    assert line.startswith(f"can't read {path} now: {os.strerror(code)}; ")
    with refusing(path, code, times=2):
        require_parity(load_dataset("kmnist", None, ignore), source, files)
    assert server.asked == []


def test_a_cache_on_a_file_system_without_locks_is_named_with_a_way_out(root, server, publish, monkeypatch):
    def refuse(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    publish("kmnist")
    monkeypatch.setattr(download.fcntl, "flock", refuse)
    line = load_line("kmnist")
    assert f"the file system of {root} has no locks (flock): No locks available" in line
    assert "XDG_CACHE_HOME" in line and "can't be written" not in line
