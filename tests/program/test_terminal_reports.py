"""Nothing that a terminal sends by itself steers a training or changes the screen, however late it comes.

All of it is sent to the real program, on a real training, through a pseudo-terminal. Behind each report the
key for the next sample is pressed: no dialog is open if it acts, and no sample was chosen but by it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import msgspec
import pytest
from kit.digits import write_tiny_mnist
from kit.terminal import Terminal, gatescope
from kit.viewers import kill_engine

from explorer.runs.catalogue import find_run
from explorer.runs.folder import RunFolder

pytestmark = pytest.mark.slow

STALL = 0.15
"""Seconds by which the rest of a report is late: an escape acts after 0.1."""
SILENCE = 2.0
"""Seconds after which what has stalled is certainly dropped: that takes 1, on a busy machine longer."""
LARGE = (160, 45)

WHOLE = [
    b"\x1bP>|tmux 3.4\x1b\\",
    b"\x1b]ltraining\x1b\\",
    b"\x1bP1+r524742=38\x1b\\",
    b"\x1bP!|7E7E5443\x1b\\",
    b"\x1b]10;rgb:dcdc/dcdc/cccc\x1b\\",
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    b"\x1b]4;1;rgb:cccc/2424/1d1d\x07",
    b"\x1b_Gi=31;OK ps+-\x1b\\",
    b"\x1b^ps+-\x1b\\",
    b"\x1bXps+-\x1b\\",
    b"\x1bPps+-\x18",
    b"\x1b[?1;2c",
    b"\x1b[>41;380;0c",
    b"\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28;29c",
    b"\x1b[?2026;2$y",
    b"\x1b[12;2$y",
    b"\x1b[?997;1n",
    b"\x1b[4;900;1600t",
    b"\x1b[?1;0;256S",
    b"\x1b[1:2;3 p",
    b"\x1b[1114112u",
    b"\x1b[" + b"1;" * 3000 + b"p",
    b"\x1b[200~ps+-\x1b[12p\x1b[201~",
    b"\x1b\\",
    b"\x9b1;2p",
    b"\xc2\x9b1;2p",
    b"\x90psn\x9c",
    b"\x9dlpsn\x9c",
    b"\x9epsn\x1b\\",
    b"\x98psn\x9c",
    b"\x9fpsn\x9c",
    b"\x8fp",
    b"\x85",
    b"\x1b]l\x9cpsn\x9bp\x1b\\",
]
"""What comes in one piece."""
STALLED = [
    (b"\x1b[", b"A"),
    (b"\x1b[1", b";2D"),
    (b"\x1b[<35;5", b"0;23M"),
    (b"\x1b[<35;50;2", b"3M"),
    (b"\x1b[?1;", b"2c"),
    (b"\x1bO", b"S"),
    (b"\x1b[15", b"~"),
    (b"\x1bP>|tmu", b"x 3.4\x1b\\"),
    (b"\x1bP>|tmux 3.4\x1b", b"\\"),
    (b"\x1b]11;rgb:1e1e/1e1e", b"/2e2e\x07"),
    (b"\x1b", b"[1;2D"),
    (b"\x1b", b"[<35;50;23M"),
    (b"\x1b", b"]11;rgb:1e1e/1e1e/2e2e\x1b\\"),
    (b"\x1b", b"P1+r524742=38\x1b\\"),
    (b"\x9b1;", b"2p"),
    (b"\xc2", b"\x9b1;2p"),
    (b"\x90ps", b"n\x9c"),
]
"""What comes in two pieces, one of them late."""
ENDLESS = [b"\x1b[1;", b"\x1b]lps+-"]
"""What never ends."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run named long, which trains for hours."""
    home = tmp_path_factory.mktemp("home")
    write_tiny_mnist(home)
    options = ["--hidden", "8", "--threads", "1", "--batch-size", "4", "--epochs", "9999", "--name", "long"]
    command = [sys.executable, "-m", "explorer", "train", "--data-dir", str(home), *options, "--detach"]
    subprocess.run(command, cwd=home, check=True, capture_output=True)
    yield home
    kill_engine(find_run(home / "runs", "long"))


def steering(run: RunFolder) -> list[tuple[str, object]]:
    """Return what has been done to a training: each change of its state and its rate, each mark."""
    lines = [
        msgspec.json.decode(line)
        for line in run.events.read_bytes().splitlines(keepends=True)
        if b"\n" in line
    ]
    quiet = {"StepTrained", "Evaluated", "CheckpointSaved", "MomentKept", "MomentsDropped"}
    return [(line["event"], line.get("state")) for line in lines if line["event"] not in quiet]


def wait(screen: Terminal, seconds: float) -> None:
    """Let time pass, as the person before the screen sees it."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        screen.read(min(left, 0.02))


def look(screen: Terminal) -> tuple[str, str, str]:
    """Return what must not change by itself: what the titles, the keys and the colours of the screen are."""
    shown = screen.screen
    titles = re.sub(r"sample \d+", "", " ".join(re.findall(r"─ ([1-3] \w+)", screen.text)))
    return titles, shown.display[-1], shown.buffer[0][0].bg


def test_no_report_steers_a_training_or_changes_the_screen(home: Path) -> None:
    run = find_run(home / "runs", "long")
    with gatescope("watch", "long", size=LARGE, cwd=home) as screen:
        screen.until(r"● training[^$]*step [\d,]+/")
        screen.until("is 0, read as")
        before = steering(run), look(screen)
        reports = [*((one,) for one in (*WHOLE, *ENDLESS)), *STALLED]
        for report, (key, sample) in zip(reports, cycle((("]", 1), ("[", 0)))):
            for number, piece in enumerate(report):
                time.sleep(STALL if number else 0)  # reading meanwhile may take too long on a busy machine
                screen.send(piece)
            wait(screen, SILENCE if report[0] in ENDLESS else 0)
            screen.press(key)
            try:
                screen.until(rf"sample {sample}  ", seconds=20)
            except AssertionError as error:
                raise AssertionError(f"after {report}: {error}") from error
        assert (steering(run), look(screen)) == before
        screen.press("p")  # and that the keys which steer act
        screen.until("‖ paused")
        screen.press("p")
        screen.until("● training")
        assert [*before[0], ("StateChanged", "paused"), ("StateChanged", "training")] == steering(run)


def test_a_key_that_steers_does_nothing_in_one_piece_with_an_escape_and_says_so(home: Path) -> None:
    run = find_run(home / "runs", "long")
    with gatescope("watch", "long", size=LARGE, cwd=home) as screen:
        screen.until(r"● training[^$]*step [\d,]+/")
        before = steering(run)
        for key, shown in (("p", "p"), ("s", "s"), ("-", "-"), ("=", "+")):
            screen.press("g")
            screen.until("─ test sample ─")
            screen.send(b"\x1b" + key.encode())
            screen.until(re.escape(f"press {shown} again"))
        assert "─ test sample ─" not in screen.text
        screen.press("g")
        screen.until("─ test sample ─")
        screen.send(b"\x1b?")  # any other key acts
        screen.until("pixels per timestep")
        assert steering(run) == before


def test_an_escape_acts_at_once_and_brackets_are_keys_right_behind_it(home: Path) -> None:
    with gatescope("watch", "long", size=LARGE, cwd=home) as screen:
        screen.until("is 0, read as")
        screen.press("?")
        screen.until("pixels per timestep")
        screen.settle()
        began = time.monotonic()
        screen.press("escape")
        while "pixels per timestep" in screen.text:
            assert screen.read()
            assert time.monotonic() - began < 5
        screen.press("]")
        screen.until("sample 1  ")
        screen.press("]")
        screen.until("sample 2  ")
        screen.press("[")
        screen.until("sample 1  ")
