"""Ctrl+C in a plain `gatescope train`: one bar, the accuracy of the last step, and how to go on."""

from __future__ import annotations

import re
import termios
from pathlib import Path

import pytest
from kit.digits import write_tiny_mnist
from kit.terminal import gatescope

from explorer.runs.events import StateChanged
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events

pytestmark = pytest.mark.slow


def test_ctrl_c_ends_with_one_bar_the_accuracy_and_the_command_that_resumes(tmp_path: Path) -> None:
    write_tiny_mnist(tmp_path)
    options = ["--data-dir", str(tmp_path), "--hidden", "8", "--batch-size", "20", "--epochs", "9999"]
    with gatescope("train", "--name", "cut", *options, size=(100, 30), cwd=tmp_path) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until("samples/s")
        screen.send(b"\x03")
        assert screen.ended() == 130
        assert termios.tcgetattr(screen.file) == before
        assert len(re.findall("samples/s", screen.text)) == 1 and "^C" not in screen.text
        screen.until(r"stopped after [\d,]+ steps")
        shown = screen.until(r"test accuracy ([\d.]+)% over 30 samples")
        screen.until("resume it with `gatescope train --resume cut`")
    events = list(read_events(RunFolder(tmp_path / "runs" / "cut").events))
    last = events[-1]
    assert isinstance(last, StateChanged) and last.state == "stopped"
    if last.evaluated is not None:  # it didn't stop just at the end of an epoch
        assert f"{last.evaluated.accuracy:.2%}" == f"{shown[1]}%"
