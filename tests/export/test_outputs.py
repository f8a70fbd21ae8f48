"""Where a picture goes: what isn't a regular file is written to, as by the shell's `>`, never replaced."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from kit.exporting import export_run
from kit.terminal import gatescope

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, UsageError


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A small run without a checkpoint, called `mine`."""
    return create_run(tmp_path / "runs", configure({"hidden": "4", "cell": "rnn"}), "mine")


def export(run: RunFolder, output: Path, force: bool = False, kind: str | None = "dot") -> None:
    """Draw a run as DOT."""
    export_run(run, "step", kind, output, force, True, lambda line: None)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["pipe", "a.fifo", "pipe.dot"])
def test_a_pipe_gets_the_picture_and_stays_a_pipe(
    run: RunFolder, tmp_path: Path, name: str, force: bool
) -> None:
    pipe, read = tmp_path / name, list[bytes]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    export(run, pipe, force)
    reader.join(timeout=60)
    assert read[0].startswith(b"digraph") and stat.S_ISFIFO(pipe.lstat().st_mode)
    assert sorted(os.listdir(tmp_path)) == sorted([name, "runs"])


def test_a_device_is_written_to_also_with_force(run: RunFolder, tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.read_bytes()
    except OSError:
        pytest.skip("only root can make a device, and not everywhere")
    export(run, device, force=True, kind=None)
    assert stat.S_ISCHR(device.lstat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["null", "runs"]


def test_a_device_without_room_is_reported_in_one_line(run: RunFolder) -> None:
    with pytest.raises(GatescopeError, match=r"can't write /dev/full: No space left on device$"):
        export(run, Path("/dev/full"))


def test_with_force_and_no_name_the_run_s_own_file_is_replaced(run: RunFolder) -> None:
    for force, names in ((True, 1), (True, 1), (False, 2), (True, 2)):
        export_run(run, "step", "dot", None, force, True, lambda line: None)
        assert len(os.listdir(run.exports)) == names
    plain = run.exports / "graph-step.dot"
    plain.write_text("old")
    export_run(run, "step", "dot", None, True, True, lambda line: None)
    assert plain.read_text().startswith("digraph") and plain.stat().st_mode & 0o777 == 0o600


def test_a_socket_can_t_be_opened_and_stays(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # relative: the whole path may be too long for one
        with pytest.raises(GatescopeError, match=r"can't write .*socket: "):
            export(run, tmp_path / "socket", force=True)
    assert stat.S_ISSOCK((tmp_path / "socket").lstat().st_mode)


def test_a_link_stays_a_link_and_its_file_is_replaced_only_with_force(run: RunFolder, tmp_path: Path) -> None:
    file, link = tmp_path / "elsewhere" / "file.dot", tmp_path / "link.dot"
    file.parent.mkdir()
    file.write_text("mine")
    link.symlink_to(file)
    with pytest.raises(UsageError, match="already exists; add --force"):
        export(run, link)
    assert file.read_text() == "mine"
    export(run, link, force=True)
    assert link.is_symlink() and file.read_text().startswith("digraph")
    assert os.listdir(file.parent) == ["file.dot"]


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_has_the_bytes_of_the_picture_and_nothing_else(
    run: RunFolder, tmp_path: Path, name: str
) -> None:
    line = [sys.executable, "-m", "explorer", "export", "mine", "graph", "--output", name]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, timeout=120, check=True)
    assert done.stdout.startswith(b"\x89PNG") and done.stdout.endswith(b"IEND\xaeB`\x82")
    assert done.stderr.decode().splitlines()[-1].startswith("standard output (")
    assert os.listdir(tmp_path) == ["runs"]


def test_a_terminal_gets_no_picture_that_it_can_t_show(run: RunFolder, tmp_path: Path) -> None:
    with gatescope("export", "mine", "graph", "--output", "-", size=(100, 30), cwd=tmp_path) as shown:
        assert shown.ended() == 2
        said = b"gatescope: a png isn't for a terminal; redirect it: --output - >FILE.png\r\n"
        assert shown.bytes == said
