"""A bug in the explorer itself: one line, exit code 1, and the terminal restored."""

from __future__ import annotations

import re
import stat
import sys
import termios
from pathlib import Path

import pytest
from kit.screen import ROOMY, finished_run
from kit.terminal import terminal

pytestmark = pytest.mark.slow

BROKEN = """
from explorer.ui.widgets.identity import Identity

def paint(self, width, height):
    raise ZeroDivisionError("no [bold]such\\n\x1b[2J thing")

Identity.paint = paint

from explorer.cli import main
main(["watch", "one"])
"""


def fail(home: Path, state: Path) -> str:
    """Open an explorer that fails on its first frame; return its output after the terminal is restored."""
    finished_run(home / "runs", "one")
    command = [sys.executable, "-c", BROKEN]
    with terminal(command, ROOMY, home, XDG_STATE_HOME=str(state)) as screen:
        before = termios.tcgetattr(screen.file)
        assert screen.ended() == 1
        assert termios.tcgetattr(screen.file) == before
    _, back, said = screen.bytes.rpartition(b"\x1b[?1049l")
    assert back and b"\x1b[?25h" in screen.bytes
    return re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", said.decode()).strip()


def test_a_bug_prints_one_line_and_the_traceback_is_in_a_private_file(tmp_path: Path) -> None:
    said = fail(tmp_path, tmp_path / "state")
    assert re.fullmatch(
        r"gatescope: the explorer failed: ZeroDivisionError: no \[bold\]such �\[2J thing; "
        r"training continues; reopen it with `gatescope`; details in \S*/explorer.log",
        said,
    )
    [log] = (tmp_path / "state").rglob("explorer.log")
    assert re.search(r"Traceback .*ZeroDivisionError: no ", log.read_text(), re.S)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_without_a_place_for_the_file_a_bug_still_prints_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    said = fail(tmp_path, tmp_path / "state")
    assert re.fullmatch(
        r"gatescope: the explorer failed: ZeroDivisionError.* reopen it with `gatescope`", said
    )
