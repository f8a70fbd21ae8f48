"""Data sets that are downloaded, from a mirror on this machine."""

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

from explorer.engine.data import download, mnist, sources
from explorer.engine.data.dataset import Dataset, load_dataset
from explorer.runs.config import DATASETS


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This user's cache, empty; for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert mnist.cache_root().is_relative_to(tmp_path)
    return mnist.cache_root()


class Server:
    """A mirror on this machine; it counts what is asked for."""

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
    """Put a tiny data set on the mirror, and torchvision's class onto it."""
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
def test_it_is_reported_kept_and_never_printed(root, server, publish, name, capfd):
    files, source = publish(name), sources.SOURCES[name]
    told: list[tuple[str, float | None]] = []
    require_parity(load_dataset(name, None, lambda *report: told.append(report)), source, files)
    assert sorted(server.asked) == sorted(f"{file}.gz" for file in files)
    assert all(source.title in line for line, _ in told)
    shares = [share for _, share in told if share is not None]
    assert shares.count(1.0) == 4 and all(0 < share <= 1 for share in shares)
    assert capfd.readouterr() == ("", "")
    told.clear()
    require_parity(load_dataset(name, None, lambda *report: told.append(report)), source, files)
    assert (told, len(server.asked)) == ([], 4)


def test_torchvision_is_left_as_it_was(root, publish):
    from torchvision.datasets import utils

    publish("kmnist")
    before = utils.tqdm, socket.getdefaulttimeout()
    load_dataset("kmnist", None, ignore)
    assert (utils.tqdm, socket.getdefaulttimeout()) == before


@pytest.mark.parametrize("packed_is_whole", [True, False])
@pytest.mark.parametrize("content", [b"", b"<html>no such file</html>", None])
def test_a_damaged_file_is_fetched_again(root, server, publish, content, packed_is_whole):
    files, source = publish("fashion-mnist"), sources.SOURCES["fashion-mnist"]
    load_dataset("fashion-mnist", None, ignore)
    path = source.raw(root) / "train-labels-idx1-ubyte"
    path.write_bytes(files[path.name][:-1] if content is None else content)
    if not packed_is_whole:
        path.with_name(f"{path.name}.gz").write_bytes(b"half")
    server.asked.clear()
    told: list[str] = []
    dataset = load_dataset("fashion-mnist", None, lambda line, share: told.append(line))
    require_parity(dataset, source, files)
    assert str(path) in told[0]
    assert server.asked == ([] if packed_is_whole else [f"{path.name}.gz"])


def test_wrong_labels_in_the_cache_are_fetched_again(root, publish):
    files, source = publish("kmnist"), sources.SOURCES["kmnist"]
    load_dataset("kmnist", None, ignore)
    (source.raw(root) / "train-labels-idx1-ubyte").write_bytes(idx(LABELS, (20,), b"\xff" * 20))
    require_parity(load_dataset("kmnist", None, ignore), source, files)


@pytest.mark.parametrize("name", DATASETS[1:])
def test_without_a_network_one_line_says_what_and_what_to_do(root, server, publish, name):
    publish(name)
    server.close()
    line = load_line(name)
    assert sources.SOURCES[name].title in line and "--data-dir" in line and "refused" in line


def test_a_mirror_without_the_file_is_one_line(root, server, publish):
    publish("kmnist")
    (server.folder / "t10k-images-idx3-ubyte.gz").unlink()
    assert "404" in load_line("kmnist")


def test_what_was_fetched_before_the_network_broke_is_not_fetched_again(root, server, publish):
    files = publish("kmnist")
    last = server.folder / "t10k-labels-idx1-ubyte.gz"
    last.rename(server.folder / "hidden")
    load_line("kmnist")
    (server.folder / "hidden").rename(last)
    server.asked.clear()
    require_parity(load_dataset("kmnist", None, ignore), sources.SOURCES["kmnist"], files)
    assert server.asked == [last.name]


def test_other_content_than_torchvision_expects_is_refused(root, server, publish):
    publish("kmnist")
    (server.folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"other"))
    assert "corrupted" in load_line("kmnist")
    assert "corrupted" in load_line("kmnist")


def test_digits_that_are_none_are_refused_even_with_the_right_sum(root, server, publish, monkeypatch):
    from torchvision.datasets import KMNIST

    publish("kmnist")
    content = gzip.compress(idx(LABELS, (20,), b"\x63" * 20))
    (server.folder / "train-labels-idx1-ubyte.gz").write_bytes(content)
    changed = dict(KMNIST.resources) | {"train-labels-idx1-ubyte.gz": hashlib.md5(content).hexdigest()}
    monkeypatch.setattr(KMNIST, "resources", list(changed.items()))
    assert "labels from 99 to 99" in load_line("kmnist")


def test_a_network_that_falls_silent_ends_the_wait(root, server, publish, monkeypatch):
    publish("kmnist")
    server.stalls = True
    monkeypatch.setattr(download, "NETWORK_SECONDS", 0.2)
    started = time.monotonic()
    assert "timed out" in load_line("kmnist")
    assert time.monotonic() - started < 1.9


def test_a_full_disk_is_not_taken_for_a_broken_network(root, publish, monkeypatch):
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


def test_two_at_once_fetch_it_once(root, server, publish):
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
