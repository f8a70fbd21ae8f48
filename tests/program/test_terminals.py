"""Terminals and locales of all kinds: each shows as much as it can, and every view is shown on all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.digits import write_tiny_mnist
from kit.screen import live_run
from kit.terminal import gatescope

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run."""
    home = tmp_path_factory.mktemp("home")
    write_tiny_mnist(home)
    options = ["--data-dir", str(home), "--hidden", "20", "--epochs", "2", "--name", "done"]
    command = [sys.executable, "-m", "explorer", "train", *options]
    subprocess.run(command, cwd=home, check=True, capture_output=True)
    return home


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run named live; its engine is a fake in this process that answers every terminal."""
    home = tmp_path_factory.mktemp("live")
    with live_run(home / "runs", "live", steps=10):
        yield home


def colours(sent: bytes) -> set[str]:
    """Return the kinds of colour in the bytes that were sent."""
    kinds = set()
    for codes in re.findall(rb"\x1b\[([\d;]*)m", sent):
        text = codes.decode()
        if "8;2;" in text:
            kinds.add("truecolor")
        elif "8;5;" in text:
            kinds.add("256")
        elif any(re.fullmatch("[349][0-7]|10[0-7]", code) for code in text.split(";")):
            kinds.add("16")
    return kinds


LARGE, SMALL = (160, 45), (80, 24)


@pytest.mark.parametrize(
    ("env", "kinds", "size"),
    [
        pytest.param({}, {"truecolor"}, LARGE, id="truecolor"),
        pytest.param({}, {"truecolor"}, SMALL, id="truecolor, small"),
        pytest.param({"TERM": "xterm-256color", "COLORTERM": ""}, {"256"}, LARGE, id="xterm-256color"),
        pytest.param({"TERM": "xterm", "COLORTERM": ""}, {"16"}, LARGE, id="xterm"),
        pytest.param({"TERM": "vt100", "COLORTERM": ""}, {"16"}, LARGE, id="vt100"),
        pytest.param({"TERM": "", "COLORTERM": ""}, {"16"}, LARGE, id="unset"),
        pytest.param({"TERM": "dumb", "COLORTERM": ""}, set(), LARGE, id="dumb"),
        pytest.param({"TERM": "dumb", "COLORTERM": ""}, set(), SMALL, id="dumb, small"),
    ],
)
def test_a_terminal_gets_the_colours_that_it_supports_and_every_view(
    live: Path, env: dict[str, str], kinds: set[str], size: tuple[int, int]
) -> None:
    with gatescope("watch", "live", size=size, cwd=live, **env) as screen:
        screen.until(r"● training +test 95\.00% +LSTM 40")
        screen.until("is 0, read as")
        if not kinds:
            screen.until(r"[░▒▓█]{3}.*\n.*[░▒▓█]{3}")
        screen.press("\x1b[Z")  # shift+tab
        screen.until("all 10,000 test samples")
        screen.press("\x1b[Z")
        screen.until("loss")
        screen.press("t")
        screen.until("loss")
        screen.press("q")
        screen.until("keep it running")
        screen.press("enter")
        assert screen.ended() == 0
        assert kinds <= colours(screen.bytes) <= (kinds | {"16"} if kinds else set())
        assert b"Traceback" not in screen.bytes


def test_without_hues_low_and_high_differ_in_lightness(live: Path) -> None:
    with gatescope("watch", "live", size=LARGE, cwd=live, NO_COLOR="1") as screen:
        screen.until(r"g candidate")
        screen.until(r"-1 +1  ")
        y, found = next(
            (y, m) for y, line in enumerate(screen.screen.display) if (m := re.search("-1 +1 ", line))
        )
        cells = screen.screen.buffer[y]
        low, high = cells[found.start() + 2].bg, cells[found.end() - 3].bg
        assert all(bg[:2] == bg[2:4] == bg[4:] for bg in (low, high))
        assert int(low[:2], 16) + 100 < int(high[:2], 16)


LOCALES = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
]


@pytest.mark.parametrize("env", LOCALES, ids=["C", "ascii", "latin-1"])
class TestLocales:
    def test_the_explorer_writes_utf_8(self, home: Path, env: dict[str, str]) -> None:
        with gatescope("watch", "done", size=(120, 40), cwd=home, **env) as screen:
            screen.until(r"✓ finished")
            screen.until(r"▀▀")
            screen.until(r"╭─ curves")
            screen.press("q")
            assert screen.ended() == 0

    def test_the_commands_replace_what_the_locale_cannot_encode(
        self, home: Path, env: dict[str, str]
    ) -> None:
        for arguments, code in ((["runs"], 0), (["--help"], 0), (["watch", "ü–×"], 2), (["stop", "done"], 1)):
            done = subprocess.run(
                [sys.executable, "-m", "explorer", *arguments],
                cwd=home,
                env={**os.environ, **env},
                capture_output=True,
                check=False,
            )
            assert done.returncode == code, done.stderr
            assert b"Traceback" not in done.stderr
