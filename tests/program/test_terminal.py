"""The real program in a real terminal, from the first frame to the shell prompt."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.digits import tiny_files, write_files
from kit.terminal import PATIENCE, gatescope
from kit.viewers import kill_engine

from explorer.engine.data.sources import SOURCES
from explorer.runs.catalogue import list_runs

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for a first start of the program; no engine started there outlives the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield tmp_path
    for folder in list_runs(tmp_path / "runs"):
        kill_engine(folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run on a few samples."""
    home = tmp_path_factory.mktemp("finished")
    data = home / "data"
    write_files(data / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=200, test=100))
    command = ["train", "--name", "tiny", "--hidden", "16", "--epochs", "2", "--data-dir", str(data)]
    subprocess.run([sys.executable, "-m", "explorer", *command], cwd=home, check=True, capture_output=True)
    return home


def test_a_newcomer_sees_an_lstm_learn_and_leaves_without_a_trace(home: Path) -> None:
    with gatescope(size=(160, 45), cwd=home, OMP_NUM_THREADS="1") as terminal:
        terminal.until(r"gatescope", seconds=20)
        terminal.until(r"training .*LSTM 128 · mnist")
        terminal.until(
            r"i input gate .*f forget gate .*g candidate .*o output gate .*c memory .*h hidden state"
        )
        terminal.until(r"is 7, read as \d")
        terminal.until(r"first 1,000 test samples, evaluated at step 0")
        terminal.until(r"loss \(log\) .*accuracy %")
        step = int(terminal.until(r"step ([\d,]+)/2,814")[1].replace(",", ""))
        terminal.until(rf"step (?!{step}/)[\d,]+/2,814")
        maps = Path(f"/proc/{terminal.pid}/maps")
        if maps.exists():
            assert "libtorch" not in maps.read_text()
        terminal.press("]")
        terminal.until(r"sample 1  ")
        terminal.until(r"is 2, read as \d")
        terminal.press("p")
        terminal.until(r"‖ paused")
        terminal.press("q")
        terminal.until(r"keep it paused")
        terminal.press("down", "enter")
        assert terminal.ended() == 0
        for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
            assert restored in terminal.bytes
    (folder,) = list_runs(home / "runs")
    deadline = time.monotonic() + PATIENCE
    while folder.engine_pid() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert b'"state":"stopped"' in folder.events.read_bytes()


def test_eighty_columns_show_the_same_views_one_at_a_time(finished: Path) -> None:
    with gatescope(size=(80, 24), cwd=finished) as terminal:
        terminal.until(r"✓ finished .*LSTM 16 · mnist +tiny")
        terminal.until(r"1 Train +2 .* +tab: curves +confusion +gates +belief")
        terminal.until(r"is \d, read as \d")
        terminal.until(r"↑ ↓ Timestep  ← → Unit .* n New  p Train longer .* \? Help  q Quit *$")
        terminal.press("\t\t")
        terminal.until(r"loss \(log\) .*accuracy %")
        terminal.until(r"● test")
        terminal.press("\t")
        terminal.until(r"all 100 test samples, evaluated at step [\d,]+ \(epoch 2\): [\d.]+%")
        terminal.until(r"4 read as 9: \d+")
        terminal.resize(40, 10)
        terminal.until(r"the explorer needs 60×20")
        terminal.resize(160, 45)
        terminal.until(r"─ curves ─.*─ confusion ─")
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_finished_run_is_painted_once_and_then_nothing_is_sent(finished: Path) -> None:
    with gatescope(size=(160, 45), cwd=finished) as terminal:
        terminal.until(r"is \d, read as \d")
        terminal.until(r"● test")
        quiet = sent = 0.0
        deadline = time.monotonic() + PATIENCE
        while quiet < 3 and time.monotonic() < deadline:
            before, began = len(terminal.bytes), time.monotonic()
            terminal.read(3)
            sent = len(terminal.bytes) - before
            quiet = 0.0 if sent else time.monotonic() - began
        assert quiet >= 3, f"still {sent} bytes"


def test_a_terminal_that_is_too_small_is_reported_in_one_line(home: Path) -> None:
    with gatescope(size=(20, 5), cwd=home) as terminal:
        assert terminal.ended() == 1
        said = terminal.bytes.decode()
    assert re.fullmatch(r"gatescope: this terminal is 20×5, [^\n]+60×20[^\n]+\r\n", said)
    assert not (home / "runs").exists()


def test_without_a_terminal_the_program_says_so_and_trains(home: Path) -> None:
    command = [sys.executable, "-m", "explorer"]
    with subprocess.Popen(
        command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if re.match(r"epoch 1, step [\d,]+ of 2,814: loss", line):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
    assert "no terminal here" in lines[0]
    assert "\x1b" not in "".join(lines)
    assert re.search(r"^stopped after [\d,]+ steps", rest, re.M)
    assert process.returncode == 130
