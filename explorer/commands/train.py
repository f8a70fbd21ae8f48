"""`gatescope train`, and the engine that the explorer and `--detach` start."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from explorer.commands.common import DEFAULT, RUN, find, runs_dir_option, say
from explorer.commands.progress import Progress, output_on
from explorer.runs.catalogue import create_run
from explorer.runs.config import OPTIONS, Option, configure
from explorer.runs.folder import RunFolder
from explorer.runs.history import History
from explorer.runs.launch import start_engine
from explorer.system.errors import UsageError, flag
from explorer.system.paths import absolute
from explorer.system.text import clock

if TYPE_CHECKING:
    from explorer.engine.distributed.rank import Rank

HELP = """Train without the explorer.

With a progress bar on a terminal, and plain lines elsewhere.
"""
CHANGEABLE = frozenset({"epochs", "lr"})
"""The options of a run that may change when it is resumed."""
Changes: TypeAlias = dict[str, Any]
"""What changes, by the option's name."""
POLL = 0.02
"""Seconds between two checks whether a detached engine is ready to train."""
READY_SECONDS = 30.0
"""Seconds to wait for it: torch takes 2 to 10, a download of data may take minutes."""


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add a flag for every option of `explorer.runs.config.OPTIONS`; each option checks its own value."""
    for option in reversed(OPTIONS):
        command = _click_option(option)(command)
    return command


def _click_option(option: Option) -> Callable[..., Any]:
    """One option as click sees it; its value stays text until `configure` checks it."""
    note = f"[{option.takes()}; default {option.default}]" if option.default is not None else ""
    if option.kind == "hold":
        return click.option(
            option.flag,
            option.name,
            metavar="NAME=VALUE",
            multiple=True,
            callback=lambda context, parameter, texts: texts or None,
            help=f"{option.help} at a value; f=1: the LSTM of 1997 [any number of times]",
        )
    if option.kind == "flag":
        return click.option(option.flag, option.name, is_flag=True, default=None, help=option.help)
    return click.option(option.flag, option.name, metavar=option.kind.upper(), help=f"{option.help} {note}")


@click.command(help=HELP, epilog=RUN)
@training_options
@click.option("--name", metavar="NAME", help="the run's name [default: the cell and the time]")
@click.option("--resume", metavar="RUN", help="resume a run; --epochs and --lr can change")
@click.option("--detach", is_flag=True, help="train in the background")
@runs_dir_option
@click.option("--json", "as_json", is_flag=True, help="end with one line of JSON")
def train(
    runs_dir: Path | None, name: str | None, resume: str | None, detach: bool, as_json: bool, **given: Any
) -> int:
    """Train a new run, or resume one, here or in the background."""
    from explorer.engine.distributed.rank import Rank

    rank = Rank.read(os.environ)
    if detach and rank.size > 1:
        raise UsageError("--detach is for one process; put torchrun itself in the background")
    if rank.rank > 0:
        from explorer.engine.worker import run_worker

        run_worker(rank)
        return 0
    changes: Changes = {}
    if resume is None:
        folder = create_run(runs_dir or absolute(DEFAULT), configure(given), name)
    else:
        folder, changes = find(runs_dir, resume), _changes(given | {"name": name})
    if detach:
        return train_detached(folder, changes, as_json)
    return train_here(folder, changes, as_json, rank)


def _changes(given: dict[str, Any]) -> Changes:
    """What changes in a run that is resumed.

    Raises:
        UsageError: another option was given, or a value that an option doesn't take.
    """
    wanted = {name: value for name, value in given.items() if value is not None}
    if others := sorted(wanted.keys() - CHANGEABLE):
        raise UsageError(
            f"--resume keeps the run's own options: {flag(others[0])} can't change, "
            "only --epochs and --lr can"
        )
    by_name = {option.name: option for option in OPTIONS}
    return {name: by_name[name].parse(value) for name, value in wanted.items()}


def train_here(folder: RunFolder, changes: Changes, as_json: bool, rank: Rank) -> int:
    """Train a run in this process, which is rank 0; returns 0 if finished, 130 if stopped, else 1."""
    from explorer.engine.lifecycle import train as run_engine

    config = folder.read().config
    stream = sys.stderr if as_json else sys.stdout
    with Progress(output_on(stream), config.batch_size) as progress:
        state = run_engine(folder, progress, rank=rank, begin=progress.begin, **changes)
    summary = summarise(folder, progress.history)
    if as_json:
        print(json.dumps(summary))
    else:
        reason = f" ({progress.history.reason})" if progress.history.reason else ""
        say(f"{state}{reason} after {summary['step']:,} steps and {clock(summary['seconds'])}")
        if summary["test_accuracy"] is not None:
            at = "" if summary["test_step"] == summary["step"] else f" at step {summary['test_step']:,}"
            say(f"test accuracy {summary['test_accuracy']:.2%}{at} over {summary['test_samples']:,} samples")
        say(f"the run is in {folder.path}; view it with `gatescope watch {folder.name}`")
        if state == "stopped":
            say(f"resume it with `gatescope train --resume {folder.name}`")
        if state == "diverged":
            say(f"resume it with `gatescope train --resume {folder.name} --lr` and a lower rate")
    return {"finished": 0, "stopped": 130}.get(state, 1)


def train_detached(folder: RunFolder, changes: Changes, as_json: bool) -> int:
    """Have a run trained by a process that outlives this one, and say which.

    It may be a while until anyone checks the run, so what keeps it from being trained is said right away.

    Raises:
        UsageError: nothing is left to train.
        GatescopeError: it failed before it began.
    """
    engine = start_engine(folder, *(text for name in changes for text in (f"--{name}", f"{changes[name]}")))
    deadline = time.monotonic() + READY_SECONDS
    with suppress(KeyboardInterrupt):  # ends only the waiting; the engine doesn't depend on this terminal
        while engine.poll() is None and not _is_ready(folder, engine.pid) and time.monotonic() < deadline:
            time.sleep(POLL)
    engine.require_no_failure("the engine", f"; {folder.log} may say more")
    if as_json:
        facts = {"run": folder.name, "path": str(folder.path), "pid": engine.pid}
        print(json.dumps(facts))
    else:
        say(f"run {folder.name} is training in the background (process {engine.pid})")
        say(f"watch it with `gatescope watch {folder.name}`, end it with `gatescope stop {folder.name}`")
    return 0


def _is_ready(folder: RunFolder, pid: int) -> bool:
    """Whether this engine has its run, its data and torch, and answers."""
    engine = folder.engine()
    return engine is not None and engine.pid == pid and bool(engine.socket)


def summarise(folder: RunFolder, history: History) -> dict[str, Any]:
    """What `--json` prints: the run in numbers, with its newest evaluation.

    The step is that of the weights. While recorded steps are recomputed, it is less than the evaluation's.
    """
    started, evaluated, step = history.started, history.evaluated, history.weights_step
    return {
        "run": folder.name,
        "path": str(folder.path),
        "state": history.state,
        "cell": started.cell if started else None,
        "hold": started.hold if started else None,
        "parameters": started.parameters if started else None,
        "step": history.steps_done if step is None else step,
        "steps": history.total_steps,
        "epoch": evaluated.epoch if evaluated else 0,
        "epochs": started.epochs if started else None,
        "seconds": round(history.seconds, 3),
        "samples_per_second": round(history.mean_samples_per_second, 1),
        "test_loss": evaluated.loss if evaluated and isfinite(evaluated.loss or 0.0) else None,
        "test_accuracy": evaluated.accuracy if evaluated else None,
        "test_step": evaluated.step if evaluated else None,
        "test_samples": evaluated.samples if evaluated else 0,
        "confusion": evaluated.confusion if evaluated else None,
    }


@click.command(help="Be the engine of a run, or one that only answers.", hidden=True)
@click.argument("folder", required=False)
@click.option("--read-only", "socket", metavar="SOCKET", help="train nothing; answer about any run")
@click.option("--epochs", type=int, help="the run's new total of epochs")
@click.option("--lr", type=float, help="its new peak learning rate")
def engine(folder: str | None, socket: str | None, epochs: int | None, lr: float | None) -> int:
    """Be the engine of a run that another process made, or one that only answers."""
    if socket is not None:
        from explorer.engine.read_only import serve

        serve(Path(socket))
        return 0
    if folder is None:
        raise UsageError("name the folder of a run, or a socket with --read-only")
    from explorer.engine.lifecycle import train as run_engine

    run_engine(RunFolder(Path(folder)), epochs=epochs, lr=lr, lingers=True)
    return 0
