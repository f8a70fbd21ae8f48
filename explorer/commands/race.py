"""`gatescope race`, and the supervisor that it and the explorer start."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from explorer.commands.common import DEFAULT, runs_dir_option, say
from explorer.commands.race_progress import POLL, SUPERVISOR, follow_race
from explorer.commands.train import training_options
from explorer.runs.config import Config, configure
from explorer.runs.data_files import is_file
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine, start_supervisor
from explorer.runs.race import begin_race, find_race, stop_race, unfinished
from explorer.runs.race_plan import plan
from explorer.runs.shape import DIGITS, Shape
from explorer.runs.supervisor import Supervisor
from explorer.system.errors import GatescopeError, UsageError, flag
from explorer.system.path_text import text_path
from explorer.system.paths import absolute

HELP = """Train a run of each cell, of like size, on the same batches.

One has the cell and the hidden units that are asked for; the others, of the other cells, as many units as
come nearest to its number of parameters. As many train at a time as there are cores for. They go on if this
terminal is closed; ctrl+c stops them. Each is a run like any other.
"""


@click.command(help=HELP, epilog="RACE is a race's name, or any way to name one of its runs.")
@training_options
@click.option("--name", metavar="NAME", help="the race's name; its runs' begin with it [default: the time]")
@click.option("--resume", metavar="RACE", help="train what is left of a race")
@click.option("--stop", metavar="RACE", help="stop a race; everything so far is kept")
@click.option("--detach", is_flag=True, help="train in the background")
@runs_dir_option
@click.option("--json", "as_json", is_flag=True, help="end with one line of JSON")
def race(
    runs_dir: Path | None,
    name: str | None,
    resume: str | None,
    stop: str | None,
    detach: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Begin a race, or resume one, and show it until it is over; or stop one."""
    if stop is not None:
        _require_nothing_else(given | {"name": name, "resume": resume}, "--stop takes no other option")
        return _stop(find_race(runs_dir, stop))
    if resume is None:
        config = configure(given)
        entrants = plan(config, _shape(config))
        folders, supervisor = begin_race(runs_dir or absolute(DEFAULT), entrants, name)
    else:
        _require_nothing_else(given | {"name": name}, "--resume keeps the options of the race's runs")
        folders = find_race(runs_dir, resume)
        supervisor = _resume(folders)
    title = folders[0].read().race
    if detach:
        return _detach(title, folders, supervisor, as_json)
    return follow_race(title, folders, supervisor, as_json)


@click.command(help="Start the engines of a race's runs in their turns.", hidden=True)
@click.argument("folders", nargs=-1, required=True)
def supervise(folders: tuple[str, ...]) -> int:
    """Be the supervisor of a race that another process began."""
    return 0 if Supervisor(RunFolder(Path(folder)) for folder in folders).run() else 1


def _shape(config: Config) -> Shape:
    """What the samples look like; of a file, that takes torch, and some seconds."""
    if not is_file(config.dataset):
        return DIGITS
    from explorer.engine.data.sequences import read_sequences

    return read_sequences(text_path(config.dataset), config.seed, lambda line, share: None).shape


def _stop(folders: Sequence[RunFolder]) -> int:
    """Stop a race, and wait until no run of it trains any more.

    Raises:
        GatescopeError: none of it trains, or waits; or it can't be reached from here.
    """
    title = folders[0].read().race
    if not stop_race(folders):
        raise GatescopeError(f"no run of {title} is training here; `gatescope runs` lists them")
    while any(folder.engine() or folder.waits() for folder in folders):
        time.sleep(POLL)
    say(f"{title} is stopped; resume it with `gatescope race --resume {title}`")
    return 0


def _require_nothing_else(given: dict[str, Any], why: str) -> None:
    """Refuse any option that makes no sense here.

    Raises:
        UsageError: one was given.
    """
    others = sorted(name for name, value in given.items() if value is not None)
    if others:
        raise UsageError(f"{why}: leave {flag(others[0])} out")


def _resume(folders: Sequence[RunFolder]) -> StartedEngine:
    """Start a supervisor for the runs of a race that have something left to train.

    Raises:
        UsageError: none has.
        GatescopeError: another one is at work, or none can be started.
    """
    left = unfinished(folders)
    if not left:
        raise UsageError(f"all runs of {folders[0].read().race} are over; `gatescope runs` lists them")
    if waiting := [folder.name for folder in left if folder.waits()]:
        raise GatescopeError(f"the race is on: {', '.join(waiting)} will have a turn (see `gatescope runs`)")
    try:
        return start_supervisor(left)
    except OSError as error:
        raise GatescopeError(f"can't start the race: {error.strerror}") from None


def _detach(title: str, folders: Sequence[RunFolder], supervisor: StartedEngine, as_json: bool) -> int:
    """Say what is in the background now."""
    with suppress(KeyboardInterrupt):  # ends only the waiting
        while supervisor.poll() is None and not any(one.waits() or one.engine() for one in folders):
            time.sleep(POLL)
    supervisor.require_no_failure(SUPERVISOR)
    if as_json:
        runs = [{"run": folder.name, "path": str(folder.path)} for folder in folders]
        print(json.dumps({"race": title, "pid": supervisor.pid, "runs": runs}))
    else:
        say(f"{title} is on in the background (process {supervisor.pid}): {', '.join(_names(folders))}")
        say(f"watch it with `gatescope watch {folders[0].name}`, list it with `gatescope runs`")
    return 0


def _names(folders: Sequence[RunFolder]) -> list[str]:
    """The runs' names."""
    return [folder.name for folder in folders]
