"""`gatescope train`, and the engine that the explorer and `--detach` start."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from explorer.commands.common import DEFAULT, absolute, find, runs_dir_option, say
from explorer.commands.progress import Progress
from explorer.runs.catalogue import create_run
from explorer.runs.config import OPTIONS, Option, configure
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.folder import RunFolder
from explorer.runs.history import History
from explorer.runs.launch import start_engine
from explorer.runs.text import clock

if TYPE_CHECKING:
    from explorer.engine.distributed.rank import Rank

POLL = 0.02
"""Seconds between two looks whether a detached engine is ready to train."""
READY_SECONDS = 30.0
"""Seconds that it is waited for: torch takes 2 to 10, a download of data may take minutes."""


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add a flag for every option of `explorer.runs.config.OPTIONS`; they check themselves."""
    for option in reversed(OPTIONS):
        command = _click_option(option)(command)
    return command


def _click_option(option: Option) -> Callable[..., Any]:
    """One option as click sees it; its value stays text until `configure` checks it."""
    note = f"[{option.takes()}; default {option.default}]" if option.default is not None else ""
    if option.kind == "flag":
        return click.option(option.flag, option.name, is_flag=True, default=None, help=option.help)
    return click.option(option.flag, option.name, metavar=option.kind.upper(), help=f"{option.help} {note}")


@click.command()
@training_options
@click.option("--name", metavar="NAME", help="the run's name [default: the cell and the time]")
@click.option("--resume", metavar="RUN", help="resume a run; --epochs sets its new total")
@click.option("--detach", is_flag=True, help="train in the background")
@runs_dir_option
@click.option("--json", "as_json", is_flag=True, help="end with one line of JSON")
def train(
    runs_dir: Path | None, name: str | None, resume: str | None, detach: bool, as_json: bool, **given: Any
) -> int:
    """Train without the explorer.

    With a progress bar on a terminal, and plain lines elsewhere.
    """
    from explorer.engine.distributed.rank import Rank

    rank = Rank.read(os.environ)
    if detach and rank.size > 1:
        raise UsageError("--detach is for one process; put torchrun itself in the background")
    if rank.rank > 0:
        from explorer.engine.worker import run_worker

        run_worker(rank)
        return 0
    epochs = None
    if resume is None:
        folder = create_run(runs_dir or absolute(DEFAULT), configure(given), name)
    else:
        folder, epochs = find(runs_dir, resume), _only_epochs(given | {"name": name})
    if detach:
        return train_detached(folder, epochs, as_json)
    return train_here(folder, epochs, as_json, rank)


def _only_epochs(given: dict[str, Any]) -> int | None:
    """The number of epochs that a run shall have in all, when it is taken up again.

    Raises:
        UsageError: something else was asked for.
    """
    others = sorted(name for name, value in given.items() if value is not None and name != "epochs")
    if others:
        flag = "--" + others[0].replace("_", "-")
        raise UsageError(f"--resume keeps the run's own options: {flag} can't change, only --epochs can")
    by_name = {option.name: option for option in OPTIONS}
    return None if given["epochs"] is None else int(by_name["epochs"].parse(given["epochs"]))


def train_here(folder: RunFolder, epochs: int | None, as_json: bool, rank: Rank) -> int:
    """Train a run in this process, the first of those that do; 0 unless it diverged or was stopped."""
    from explorer.engine.lifecycle import train as run_engine

    config = folder.read().config
    stream = sys.stderr if as_json else sys.stdout
    with Progress(stream, config.batch_size) as progress:
        state = run_engine(folder, progress, epochs, rank, progress.begin)
    summary = summarise(folder, progress.history)
    if as_json:
        print(json.dumps(summary))
    else:
        reason = f" ({progress.history.reason})" if progress.history.reason else ""
        say(f"{state}{reason} after {summary['step']:,} steps and {clock(summary['seconds'])}")
        if summary["test_accuracy"] is not None:
            say(f"test accuracy {summary['test_accuracy']:.2%} over {summary['test_samples']:,} samples")
        say(f"the run is in {folder.path}; look at it with `gatescope watch {folder.name}`")
    return {"finished": 0, "stopped": 130}.get(state, 1)


def train_detached(folder: RunFolder, epochs: int | None, as_json: bool) -> int:
    """Have a run trained by a process that outlives this one, and say which.

    Whoever asks for this will hardly look at it again soon: so what can't be trained is said right away.

    Raises:
        UsageError: nothing is left to train.
        GatescopeError: it failed before it began.
    """
    engine = start_engine(folder, *([] if epochs is None else ["--epochs", str(epochs)]))
    deadline = time.monotonic() + READY_SECONDS
    with suppress(KeyboardInterrupt):  # ends the waiting; the engine has nothing to do with this terminal
        while engine.poll() is None and not _is_ready(folder, engine.pid) and time.monotonic() < deadline:
            time.sleep(POLL)
    _require_no_failure(engine.poll() or 0, folder)
    if as_json:
        fact = {"run": folder.name, "path": str(folder.path), "pid": engine.pid}
        print(json.dumps(fact))
    else:
        say(f"run {folder.name} is training in the background (process {engine.pid})")
        say(f"watch it with `gatescope watch {folder.name}`, end it with `gatescope stop {folder.name}`")
    return 0


def _is_ready(folder: RunFolder, pid: int) -> bool:
    """Whether this engine has a run, its data and its torch, and answers."""
    engine = folder.engine()
    return engine is not None and engine.pid == pid and bool(engine.socket)


def _require_no_failure(code: int, folder: RunFolder) -> None:
    """Say what an engine said that ended with this exit code; less than 0: a signal's number."""
    if code < 0:
        raise GatescopeError(f"the engine was killed by signal {-code}; {folder.log} may say more")
    if code > 0:
        said = folder.last_words().removeprefix("gatescope: ") or f"the engine ended with exit code {code}"
        raise (UsageError if code == 2 else GatescopeError)(said)


def summarise(folder: RunFolder, history: History) -> dict[str, Any]:
    """What `--json` prints: the run in numbers, the newest look at the test set included."""
    started, seen = history.started, history.evaluated
    return {
        "run": folder.name,
        "path": str(folder.path),
        "state": history.state,
        "cell": started.cell if started else None,
        "parameters": started.parameters if started else None,
        "step": history.steps_done,
        "steps": history.total_steps,
        "epoch": seen.epoch if seen else 0,
        "epochs": started.epochs if started else None,
        "seconds": round(history.seconds, 3),
        "samples_per_second": round(history.mean_samples_per_second, 1),
        "test_loss": seen.loss if seen else None,
        "test_accuracy": seen.accuracy if seen else None,
        "test_samples": seen.samples if seen else 0,
        "confusion": seen.confusion if seen else None,
    }


@click.command(hidden=True)
@click.argument("folder")
@click.option("--read-only", "socket", metavar="SOCKET", help="train nothing; answer on this socket")
@click.option("--epochs", type=int, help="the run's new total of epochs")
def engine(folder: str, socket: str | None, epochs: int | None) -> int:
    """Be the engine of a run that another process made."""
    run = RunFolder(Path(folder))
    if socket is not None:
        from explorer.engine.read_only import serve

        serve(run, Path(socket))
        return 0
    from explorer.engine.lifecycle import train as run_engine

    run_engine(run, epochs=epochs)
    return 0
