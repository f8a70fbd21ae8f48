"""Opening the explorer: `gatescope`, and `gatescope watch`."""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from functools import partial
from io import TextIOWrapper
from pathlib import Path

import click

from explorer.commands.common import (
    DEFAULT,
    RUN,
    find,
    lean_option,
    notify_option,
    runs_dir_option,
    terminal_size,
)
from explorer.runs.catalogue import Newest, known_runs, newest_of
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.paths import absolute
from explorer.system.text import reason
from explorer.system.user_folders import user_folder

HELP = """Open the explorer on a run, from any folder.

Without a name: on the newest run.
"""
SWITCH = 0.0005
"""Seconds after which a drawing thread yields to the one that answers keys; Python's own 5 ms add up."""

FRAMES = "250"
"""Frames a second that Textual may paint: at its default of 60, a second change waits for up to 33 ms."""


@click.command(help=HELP, epilog=RUN)
@click.argument("run", required=False)
@runs_dir_option
@lean_option
@notify_option
def watch(run: str | None, runs_dir: Path | None, lean: bool, no_notify: bool) -> int:
    """Open the explorer on the run that was named, or on the newest one."""
    if run is not None:
        wanted = find(runs_dir, run)
        wanted.read()  # fails in one line where it can't be opened
        return explore(runs_dir, Newest(wanted, skipped=0), lean, not no_notify)
    newest = newest_of(known_runs(runs_dir))
    if newest.run is None:
        found = "no run in {} can be opened (see `gatescope runs`)" if newest.skipped else "no runs in {} yet"
        raise UsageError(f"{found.format(runs_dir or DEFAULT)}; start one with `gatescope train`")
    return explore(runs_dir, newest, lean, not no_notify)


def explore(runs_dir: Path | None, first: Newest, lean: bool, notify: bool = True) -> int:
    """Open the explorer on a run, or on a new one where there is none.

    Args:
        runs_dir: the folder of all runs.
        first: the run to show first, and how many newer ones were skipped.
        lean: send as little as possible to the terminal.
        notify: whether the terminal may notify a person when the run ends.

    Raises:
        GatescopeError: there is no terminal, or none that can show it; or the explorer failed.
    """
    from explorer.ui.base.size import SMALLEST, has_room

    size = terminal_size()
    if size is None:
        raise GatescopeError("the explorer needs a terminal; over SSH, use ssh -t")
    if not has_room(*size):
        raise GatescopeError(
            f"this terminal is {size[0]}×{size[1]}, the explorer needs "
            f"{SMALLEST[0]}×{SMALLEST[1]}; enlarge it, or use `gatescope train`"
        )
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)  # read when Textual is imported
    gc.disable()  # until the explorer has settled: 15 to 25 ms of the first frame's 280
    from explorer.ui.app import Explorer
    from explorer.ui.signals import leaving_on_signals

    # SSH seldom carries a locale over; UTF-8 works everywhere.
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    if sys.__stderr__ is None or not sys.__stderr__.isatty():  # there Textual paints: with `2>FILE`, nowhere
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    sys.setswitchinterval(SWITCH)
    folder = first.run.path.parent if first.run else runs_dir or absolute(DEFAULT)
    app = Explorer(folder, first, lean, notify)
    with leaving_on_signals(app):
        code = app.run()
    if app.failure is not None:
        raise GatescopeError(_report(app.failure))
    if app.complaint:
        raise GatescopeError(app.complaint)
    return code or 0


def _report(failure: BaseException) -> str:
    """One line about an error in the explorer itself; the traceback goes into a log file."""
    failure = getattr(failure, "error", failure)  # of a worker of Textual's: what failed in it
    what = f"the explorer failed: {type(failure).__name__}: {reason(failure)}"
    line = f"{what}; training continues; reopen it with `gatescope`"
    try:
        log = user_folder("log") / "explorer.log"
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(log, "a", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
            file.write(time.strftime("%F %T\n"))
            traceback.print_exception(failure, file=file)
    except OSError:
        return line
    return f"{line}; details in {log}"
