"""The gates of a real training in a real terminal: they follow it, and a slow terminal still answers keys."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import mean
from typing import Any, NamedTuple

import pytest
from kit.digits import tiny_files, write_files
from kit.terminal import PATIENCE, Terminal, gatescope
from kit.viewers import kill_engine

from explorer.engine.data.sources import SOURCES
from explorer.runs.catalogue import list_runs
from explorer.runs.folder import RunFolder

pytestmark = pytest.mark.slow

WEIGHTS = re.compile(r"weights of step ([\d,]+)")
ADVANCES = 6
"""How often the step on the screen must advance."""
SOME_SECONDS = 20.0
"""Within how long, on a busy machine; on an idle one it takes a second."""
BYTES, PAUSE = 2048, 0.25
"""What the slow terminal reads at a time, and the seconds between two readings: 8 KB a second."""
MOVE = 4 * 1024
"""Bytes within which a move of the cursor is seen on such a line: one picture alone has up to 30 KB."""
PICTURE = 32 * 1024
"""Bytes within which another sample must be seen: its own picture, whose lines are sent in turn."""

MOVES = (
    ("\x1b[A", "timestep 27 of 28"),
    ("\x1b[C", "unit 1 "),
    ("\x1b[B", "timestep 28 of 28"),
    ("\x1b[D", "unit 0 "),
)
"""Moves of the cursor, in a circle, and what the screen then says."""


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A small real training, a few milliseconds a step, that goes on for as long as it is watched."""
    home = tmp_path_factory.mktemp("training")
    write_files(home / "data" / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=6400, test=100))
    options = ["--hidden", "128", "--epochs", "10000", "--threads", "1", "--data-dir", str(home / "data")]
    command = [sys.executable, "-m", "explorer", "train", "--detach", "--name", "tiny", *options]
    subprocess.run(command, cwd=home, check=True, capture_output=True)
    (folder,) = list_runs(home / "runs")
    yield folder
    kill_engine(folder)


def newest_step(folder: RunFolder) -> int:
    """Return the newest step that the run's file holds, read without the program's own reader."""
    with open(folder.events, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
        return max(
            [int(step) for step in re.findall(rb'"StepTrained".*?"step":(\d+)', file.read())], default=0
        )


class Seen(NamedTuple):
    """A step on the screen, and the newest that the run's file held before it was read and after."""

    step: int
    before: int
    after: int


def watched(screen: Terminal, folder: RunFolder) -> list[Seen]:
    """Return the steps of the weights that the screen shows one after the other."""
    seen: list[Seen] = []
    last, before, deadline = -1, newest_step(folder), time.monotonic() + SOME_SECONDS
    while len(seen) <= ADVANCES and time.monotonic() < deadline:
        found = WEIGHTS.search(screen.text)
        step = int(found[1].replace(",", "")) if found else -1
        if step != last:  # perhaps not all its digits are there yet
            last, first = step, before
        elif step >= 0 and (not seen or seen[-1].step != step):
            seen.append(Seen(step, first, newest_step(folder)))
        before = newest_step(folder)
        screen.read()
    return seen


def test_the_step_of_the_weights_follows_the_training(training: RunFolder) -> None:
    with gatescope("watch", "tiny", size=(160, 45), cwd=training.path.parents[1]) as screen:
        screen.until(WEIGHTS.pattern)
        seen = watched(screen, training)
    assert len(seen) > ADVANCES, f"in {SOME_SECONDS} s there was no more than {seen}"
    for one, next_one in pairwise(seen):
        assert one.step < next_one.step <= next_one.after
    # A picture is asked for only once most of the one before the last has been read: none is older than that.
    for one, third in zip(seen, seen[3:], strict=False):
        assert third.step >= one.before


class SlowLine(Terminal):
    """A terminal behind a slow line that takes in everything at once, as SSH does, and delivers it slowly."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.under_way = b""

    def read(self, seconds: float = PAUSE) -> bool:
        end = time.monotonic() + PAUSE
        while select.select([self.file], [], [], max(0.0, end - time.monotonic()))[0]:
            try:
                self.under_way += os.read(self.file, 1 << 16)
            except OSError:
                return False
        cut = BYTES
        while self.under_way[cut - 1 :][:1] not in (b"m", b" ", b""):  # not within a sequence or a character
            cut += 1
        self.show(self.under_way[:cut])
        self.under_way = self.under_way[cut:]
        return True


def bytes_until(line: SlowLine, key: str, effect: str) -> int:
    """Press a key and return how many bytes the line has delivered when its effect is seen."""
    before = len(line.bytes)
    line.press(key)
    line.until(effect)
    return len(line.bytes) - before


def test_behind_a_slow_line_the_effect_of_a_key_overtakes_the_pictures(training: RunFolder) -> None:
    home = training.path.parents[1]
    line = SlowLine([sys.executable, "-m", "explorer", "watch", "tiny"], (160, 45), home)
    try:
        line.until("slow line", seconds=2 * PATIENCE)
        line.until("timestep 28 of 28")
        for key, effect in MOVES:  # behind what was sent before the program knew that the line is slow
            bytes_until(line, key, effect)
        moves = [bytes_until(line, key, effect) for key, effect in 3 * MOVES]
        sample = bytes_until(line, "]", "sample 1 ")
    finally:
        line.close()
    # On a busy machine the program notices a key late, and has sent more of a picture by then: so the mean.
    assert mean(moves) <= MOVE, moves
    assert sample <= PICTURE
