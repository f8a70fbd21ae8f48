"""What several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from explorer.runs.text import printable


def runs_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--runs-dir`."""
    return click.option(
        "--runs-dir", default="./runs", show_default=True, help="the folder of all runs", metavar="FOLDER"
    )(command)


def absolute(value: str) -> Path:
    """A file or a folder as the person typed it, made absolute."""
    return Path(value).expanduser().absolute()


def say(line: str) -> None:
    """Print one line at once; names in it may come from anybody, and no terminal takes them for commands."""
    print(printable(line), flush=True)
