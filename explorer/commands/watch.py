"""Opening the explorer: `gatescope`, and `gatescope watch`."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.commands.common import absolute, runs_dir_option
from explorer.progress import terminal_size
from explorer.runs.catalogue import find_run, list_runs, live_elsewhere
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.folder import RunFolder

SMALLEST = (60, 20)
"""Columns and rows that the explorer needs."""


@click.command()
@click.argument("run", required=False)
@runs_dir_option
def watch(run: str | None, runs_dir: str) -> int:
    """Show a run, from any folder: the one of that name, or the newest."""
    folder = absolute(runs_dir)
    if run is not None:
        return explore(folder, find_run(folder, run))
    newest = find_newest(folder)
    if newest is None:
        raise UsageError(f"there is no run in {folder}; gatescope train makes one")
    return explore(folder, newest)


def find_newest(runs_dir: Path) -> RunFolder | None:
    """The newest run of a folder; where it has none, the newest that is trained anywhere else."""
    runs = list_runs(runs_dir) or live_elsewhere(runs_dir)
    return runs[0] if runs else None


def explore(runs_dir: Path, run: RunFolder | None) -> int:
    """Open the explorer on a run; without one, it starts the first.

    Raises:
        GatescopeError: there is no terminal, or none that can show it.
    """
    size = terminal_size()
    if size is None:
        raise GatescopeError("the explorer needs a terminal; with ssh, give it one with -t")
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        raise GatescopeError(
            f"this terminal has {size[0]}×{size[1]} characters, the explorer needs "
            f"{SMALLEST[0]}×{SMALLEST[1]}: enlarge it, or use gatescope train"
        )
    from explorer.ui.app import Explorer

    return Explorer(runs_dir if run is None else run.path.parent, run).run() or 0
