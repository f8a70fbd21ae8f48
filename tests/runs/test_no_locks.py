"""File systems without locks, and systems without a folder for temporary files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit import refusing

ERRORS = ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "EINVAL"]
"""What file systems without locks say."""


@pytest.mark.parametrize("error", ERRORS)
def test_where_files_cannot_be_locked_one_line_says_so_and_no_half_run_is_left(
    tmp_path: Path, error: str
) -> None:
    command = [sys.executable, refusing.__file__, "flock", error, "train", "--detach"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    if "can't be refused here" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    runs = tmp_path / "runs"
    assert f"{runs} is on a file system without locks (" in done.stderr
    assert done.stderr.endswith("); use another --runs-dir\n")
    assert list(runs.iterdir()) == []


NO_FILES = """
import resource, sys, tempfile
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from pathlib import Path
from explorer.system.sockets import private_socket
try:
    tempfile.gettempdir()
except OSError:
    print(private_socket("one"))
"""
"""Asks for a socket where no file with content can be written: so no folder for temporary files is usable."""


def test_without_a_folder_for_temporary_files_a_socket_is_in_the_runtime_folder(tmp_path: Path) -> None:
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    command = [sys.executable, "-B", "-c", NO_FILES]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"{tmp_path}/gatescope/one.sock\n", done.stderr
