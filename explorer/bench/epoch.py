"""From the command to a trained model: an epoch of MNIST on one thread, against a script a person writes.

Each contender is a process of its own, from its start to its end: what it imports and loads counts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.bench.timing import ratio
from explorer.engine.data.dataset import load_dataset
from explorer.engine.data.mnist import cache_root
from explorer.system.errors import GatescopeError


@dataclass(frozen=True)
class Epochs:
    """What the contenders took, and how well they read then."""

    seconds: Mapping[str, float]
    """Each contender's time: the median of its turns."""
    accuracies: Mapping[str, float]
    """Of the test samples, 0..1, by the last turn."""
    ratios: Mapping[str, float]
    """How many times as fast the program is as each other: the median of the turns' ratios."""


def contenders(runs: str) -> dict[str, list[str]]:
    """Each contender's command; the program's run is made in the folder `runs`.

    Raises:
        GatescopeError: MNIST can't be unpacked to where the scripts read it.
    """
    load_dataset("mnist", None, lambda line, share: None)
    data = str(cache_root())
    script = [sys.executable, "-m", "explorer.bench.script", data]
    options = ["--epochs", "1", "--threads", "1", "--device", "cpu", "--runs-dir", runs, "--json"]
    return {
        "gatescope train": [sys.executable, "-m", "explorer", "train", *options],
        "nn.LSTM, DataLoader, Adam": [*script, "each"],
        "the same, loading all images at once": [*script, "whole"],
    }


def measure(rounds: int) -> Epochs:
    """Let the contenders train in turns."""
    with tempfile.TemporaryDirectory() as runs:
        return take_turns(contenders(runs), rounds)


def take_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> Epochs:
    """Time commands that end with a line of JSON with a `test_accuracy`; the first is compared with each.

    Raises:
        GatescopeError: one failed.
    """
    turns: dict[str, list[float]] = {name: [] for name in commands}
    accuracies: dict[str, float] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            turns[name].append(time.perf_counter() - began)
            if done.returncode:
                last = done.stderr.strip().rpartition("\n")[2]
                raise GatescopeError(f"{name} ended with {done.returncode}: {last}")
            accuracies[name] = json.loads(done.stdout.strip().rpartition("\n")[2])["test_accuracy"]
    first, *others = commands
    ratios = {name: ratio(turns[name], turns[first]) for name in others}
    return Epochs({name: statistics.median(times) for name, times in turns.items()}, accuracies, ratios)
