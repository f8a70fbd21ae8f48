"""`gatescope bench`: what a training step costs on this machine."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from explorer.commands.common import say
from explorer.system.memory import naming

if TYPE_CHECKING:
    from explorer.bench.epoch import Epochs
    from explorer.bench.timing import Measured

HELP = """Time a training step against torch's own and the notebook's.

Batches of 100 samples, at three sizes, with one thread and two; each cell as the program trains it, and as
a layer in the place of torch's. The contenders alternate, so the ratios hold on a busy machine; the times
hold only for this moment. With --epoch: from the command to a trained model, against a script with torch's
LSTM.
"""
ROUNDS, FEW = 15, 7
"""How many turns each contender has; and with --quick."""
EPOCHS = 3
"""The same with --epoch, where a turn takes 15 to 30 seconds."""


@click.command(help=HELP)
@click.option(
    "--quick", is_flag=True, help="only the notebook's size, hidden 128, one thread: 5 to 15 seconds"
)
@click.option("--epoch", is_flag=True, help="a whole epoch of MNIST on one thread: 3 minutes, 1 with --quick")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON")
def bench(quick: bool, epoch: bool, as_json: bool) -> int:
    """Time a training step or an epoch, and print the times and the ratios."""
    import torch

    from explorer.bench import epoch as whole_epoch
    from explorer.bench.timing import measure
    from explorer.system.cores import cores

    every = [(hidden, threads) for hidden in (32, 128, 512) for threads in (1, 2) if threads <= cores()]
    sizes = [(128, 1)] if quick else every
    machine = {"torch": torch.__version__, "python": platform.python_version(), "processors": cores()}
    if not as_json:
        say(", ".join(f"{name} {value}" for name, value in machine.items()))
    if epoch:
        epochs = whole_epoch.measure(1 if quick else EPOCHS)
        print(json.dumps({"machine": machine, "epoch": asdict(epochs)})) if as_json else _print_epochs(epochs)
        return 0
    measured = []
    for hidden, threads in sizes:
        with naming("close some programs" + ("" if quick else ", or time only one size with --quick")):
            measured.append(measure(hidden, threads, FEW if quick else ROUNDS))
        if not as_json:
            _print_block(measured[-1])
    if as_json:
        print(json.dumps({"machine": machine, "measured": [asdict(one) for one in measured]}))
    return 0


def _print_block(one: Measured) -> None:
    """Print one block of the table."""
    threads = f"{one.threads} thread{'' if one.threads == 1 else 's'}"
    say("")
    say(f"batch 100, hidden {one.hidden}, {threads}: ms a step")
    for name, milliseconds in one.milliseconds.items():
        say(f"  {name:<54}{milliseconds:8.2f}")
    for name, ratio in one.ratios.items():
        say(f"  {name:<54}{ratio:8.2f}×")


def _print_epochs(epochs: Epochs) -> None:
    """Print what an epoch takes."""
    say("")
    say("one epoch of MNIST, hidden 128, one thread: seconds from the command on, test accuracy")
    for name, seconds in epochs.seconds.items():
        say(f"  {name:<54}{seconds:8.2f}{epochs.accuracies[name]:9.2%}")
    for name, ratio in epochs.ratios.items():
        say(f"  {f'speed relative to {name}':<54}{ratio:8.2f}×")
