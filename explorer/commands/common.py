"""What several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from explorer.runs.catalogue import find_run
from explorer.runs.folder import RunFolder
from explorer.system.errors import UsageError
from explorer.system.paths import RUNS, absolute
from explorer.system.text import printable

DEFAULT = RUNS
"""Where runs are made when no folder is given."""
RUN = "RUN is a run's name, how it begins, its folder, or last: the newest run."
"""How a run is named, for `--help`."""


def runs_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--runs-dir`; the command gets a path, or None where none was given."""
    return click.option(
        "--runs-dir",
        callback=_runs_dir,
        help="folder of all runs [default: ./runs]",
        metavar="FOLDER",
    )(command)


def lean_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--lean`; given before a command's name, it counts for that command, too."""
    return click.option(
        "--lean",
        is_flag=True,
        callback=_inherited,
        help="send less to the terminal, for a slow connection",
    )(command)


def notify_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--no-notify`, likewise."""
    return click.option(
        "--no-notify",
        is_flag=True,
        callback=_inherited,
        help="no notification by the terminal when the run ends",
    )(command)


def _inherited(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """The value given after the command's name, or else before it."""
    return value or (context.parent.params[parameter.name or ""] if context.parent else value)


def _runs_dir(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """The folder that was given; it need not exist yet."""
    given = None if value is None else absolute(not_empty("--runs-dir", value))
    folder: Path | None = _inherited(context, parameter, given)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(f"--runs-dir {folder} is a file, not a folder")
    return folder


def not_empty(flag: str, value: str) -> str:
    """The value of an option that names something, for which an unset variable of the shell is no name.

    Raises:
        UsageError: it is empty.
    """
    if not value:
        raise UsageError(f"{flag} is empty; name something, or leave {flag} out")
    return value


def find(runs_dir: Path | None, run: str) -> RunFolder:
    """The run that a person means (see `RUN`); raises `UsageError` if there is none."""
    return find_run(runs_dir, run)


def say(line: str) -> None:
    """Print one line at once, without control characters: a name in it may come from anyone."""
    print(printable(line), flush=True)


def terminal_size() -> tuple[int, int] | None:
    """Columns and rows of the terminal that the explorer would use; None without one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    size = os.get_terminal_size(sys.stdout.fileno())
    return size.columns, size.lines
