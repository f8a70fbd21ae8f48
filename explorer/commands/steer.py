"""`gatescope pause`, `continue` and `stop`: what the explorer's keys do, from a script."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from explorer.commands.common import RUN, find, runs_dir_option, say
from explorer.protocol.client import Answered, OutOfReach, ask_training
from explorer.protocol.messages import Continue, Pause, Refused, Request, Stop
from explorer.runs.folder import RunFolder
from explorer.runs.lock import read_last
from explorer.runs.snapshot import RESUMABLE
from explorer.runs.summary import Unreadable, summarise
from explorer.system.errors import GatescopeError

POLL = 0.05
"""Seconds between two looks whether an engine has ended."""
NOTICE_SECONDS = 10.0
"""Seconds before a notice that this takes long: a batch of a large model may take minutes."""


@click.command(help="Pause a training between two batches, and save it.", epilog=RUN)
@click.argument("run")
@runs_dir_option
def pause(run: str, runs_dir: Path | None) -> int:
    """Ask the engine to pause."""
    return _steer(find(runs_dir, run), Pause(), "pause")


@click.command("continue", help="Continue a paused training.", epilog=RUN)
@click.argument("run")
@runs_dir_option
def continue_run(run: str, runs_dir: Path | None) -> int:
    """Ask the engine to continue."""
    return _steer(find(runs_dir, run), Continue(), "continue")


@click.command(help="End a training; waits for its last checkpoint.", epilog=RUN)
@click.argument("run")
@runs_dir_option
def stop(run: str, runs_dir: Path | None) -> int:
    """Ask the engine to stop, and wait until it has."""
    from explorer.engine.record.saved_steps import newest_step

    folder = find(runs_dir, run)
    waiting = Waiting(folder)
    pid = _ask(folder, Stop(), "stop", waiting).engine.pid
    while folder.engine_pid() == pid:
        waiting.tell()
        time.sleep(POLL)
    saved = (
        f"; its newest checkpoint is from step {newest_step(folder):,}" if folder.checkpoint_files() else ""
    )
    last = read_last(folder.lock)
    if last.pid == pid and last.ended:
        raise GatescopeError(f"run {folder.name} {last.ended}{saved}")
    done = summarise(folder)
    if isinstance(done, Unreadable):
        raise GatescopeError(f"run {folder.name} ended, but can't be read ({done.reason})")
    if done.state not in ("stopped", "finished"):
        raise GatescopeError(f"run {folder.name} is {done.state}: {done.reason}")
    if done.reason and (done.saved is None or done.saved < done.weights_step):
        raise GatescopeError(
            f"run {folder.name} {done.state} at step {done.step:,}, but {done.reason}{saved}"
        )
    say(f"run {folder.name} {done.state} {done.reason or f'at step {done.step:,}'}{saved}")
    return 0


class Waiting:
    """Says once, on stderr, which process the command is waiting for."""

    def __init__(self, folder: RunFolder) -> None:
        """Begin to wait."""
        self._folder = folder
        self._until = time.monotonic() + NOTICE_SECONDS

    def tell(self) -> None:
        """Say so, if it has taken long."""
        if time.monotonic() < self._until:
            return
        self._until = float("inf")
        engine = self._folder.engine()
        if engine is not None:
            cure = f" (if suspended: kill -CONT {engine.pid})" if engine.has_our_pid else ""
            line = f"gatescope: waiting for process {engine.pid}, which is busy or suspended{cure}"
            print(line, file=sys.stderr, flush=True)


def _steer(folder: RunFolder, request: Request, verb: str) -> int:
    """Ask, and print the answer."""
    answer = _ask(folder, request, verb, Waiting(folder)).reply
    message = getattr(answer, "message", "")
    if isinstance(answer, Refused):
        raise GatescopeError(f"run {folder.name}: {message}")
    say(f"run {folder.name}: {message}")
    return 0


def _ask(folder: RunFolder, request: Request, verb: str, waiting: Waiting) -> Answered:
    """Ask the engine until it answers: what the steering commands ask may be carried out twice.

    Raises:
        GatescopeError: the run has no engine, or one that can't be reached from here.
    """
    try:
        answered = ask_training(folder, request, verb, timeout=NOTICE_SECONDS, meanwhile=waiting.tell)
    except OutOfReach as error:
        raise GatescopeError(f"run {folder.name} can't be reached: {error}") from None
    if answered is not None:
        return answered
    summary = summarise(folder)
    state = summary.reason if isinstance(summary, Unreadable) else summary.state
    resume = f"gatescope train --resume {folder.name}" if verb == "continue" else ""
    advice = ""
    if resume and state in RESUMABLE - {"finished", "diverged"}:
        advice = f"; resume it with `{resume}`"
    elif resume and state == "finished":
        advice = f"; train it longer with `{resume} --epochs N`"
    elif resume and state == "diverged":
        advice = f"; resume it with `{resume} --lr` and a lower rate"
    raise GatescopeError(f"run {folder.name} is not training ({state}){advice}")
