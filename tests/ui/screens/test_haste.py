"""Keys at 170 a second in the real program, with many runs: one dialog at a time, and nothing fails."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from kit.screen import ROOMY, finished_run
from kit.terminal import Terminal, terminal

from explorer.ui.screens.keys import KEYS

pytestmark = pytest.mark.slow

RUNS = 200
"""How many runs there are to read, each time that c or r is pressed."""
RATE = 170
"""Keys a second."""
SECONDS = 3
"""For how long."""
PROGRAM = """
import sys
from explorer.cli import main
from explorer.ui.app import Explorer
from explorer.ui.base import input_queue
from explorer.ui.screens import starter

push_screen = Explorer.push_screen

def watched(self, *arguments, **options):
    pushed = push_screen(self, *arguments, **options)
    with open(sys.argv[1], "a") as log:
        print(*(type(screen).__name__ for screen in self.screen_stack), file=log)
    return pushed

def no_engine(folder, *arguments):
    raise OSError(12, "no room for a training")

Explorer.push_screen = watched
input_queue.LONGEST = float(sys.argv[2])
starter.start_engine = no_engine
main(sys.argv[3:])
"""
"""The explorer, which trains nothing, and writes down which screens are open whenever one is opened.

How long a key waits for the dialog of the one before is shorter than it is: as on a slow disk.
"""
EVERY_KEY = [
    *(chr(code).encode() for code in range(32, 127) if chr(code) != "q"),
    *(
        key.shown.encode()
        for keys in KEYS.values()
        for key in keys
        if len(key.shown) == 1 and key.shown != "q"
    ),
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[Z", b"\x1b[5~", b"\x1b[6~", b"\x1b[3~", b"\x1bOP"),
    *[b"\t", b"\r", b"\x1b", b"\x10", b"c", b"r", b"n", b"e"] * 5,
    *(b"\x0c", b"\x13", b"\x12"),
]
"""All of them but those that leave; those that open or close a dialog more often."""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with many runs."""
    one = finished_run(tmp_path / "runs", "one")
    finished_run(tmp_path / "runs", "two", "rnn")
    for number in range(RUNS):
        shutil.copytree(one.path, tmp_path / "runs" / f"run-{number}")
    return tmp_path


def hammer(shown: Terminal, chance: random.Random) -> None:
    """Press random keys, and resize the terminal now and then."""
    began, pressed = time.monotonic(), 0
    while (passed := time.monotonic() - began) < SECONDS:
        while pressed < passed * RATE:
            shown.send(chance.choice(EVERY_KEY))
            pressed += 1
            if chance.random() < 0.02:
                shown.resize(*chance.choice([ROOMY, (120, 40), (80, 24), (60, 20), (20, 5), (250, 70)]))
        shown.read(0.002)


@pytest.mark.parametrize(("seed", "longest"), [(1, 0.01), (2, 0.2)])
def test_no_keys_however_fast_open_two_dialogs_or_end_the_explorer(
    many: Path, seed: int, longest: float
) -> None:
    log = many / "log"
    command = [sys.executable, "-c", PROGRAM, str(log), str(longest), "watch", "one"]
    with terminal(command, ROOMY, many) as shown:
        shown.until("✓ finished")
        hammer(shown, random.Random(seed))
        shown.settle()
        shown.send(b"\x11")
        assert shown.ended() == 0
        assert b"Traceback" not in shown.bytes
    stacks = {tuple(line.split()[1:]) for line in log.read_text().splitlines() if len(line.split()) > 1}
    over_the_list = {("RunList", dialog) for dialog in ("RunDetails", "RenameForm", "ChooseDialog")}
    assert {stack for stack in stacks if len(stack) > 1} <= over_the_list
    assert stacks
