"""The runs of a race: made all or none, found again, and stopped together."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from explorer.runs.catalogue import check_name, create_run, find_run, known_runs, list_runs
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine, start_supervisor
from explorer.runs.lock import read_lock
from explorer.runs.race_plan import Entrant
from explorer.runs.snapshot import OVER
from explorer.runs.summary import Summary, summarise
from explorer.system.errors import GatescopeError, OptionError, UsageError
from models.registry import CELLS


def begin_race(
    runs_dir: Path, entrants: Sequence[Entrant], name: str | None = None
) -> tuple[tuple[RunFolder, ...], StartedEngine]:
    """Make the runs of a race, all or none, and start what starts their engines.

    Raises:
        UsageError: a run's name isn't allowed, or is taken.
        GatescopeError: a folder can't be written, or no process can be started; nothing is left behind.
    """
    folders = make_race(runs_dir, entrants, name)
    try:
        return folders, start_supervisor(folders)
    except OSError as error:
        _remove(folders)
        raise GatescopeError(f"can't start the race in {runs_dir}: {error.strerror}") from None


def make_race(runs_dir: Path, entrants: Sequence[Entrant], name: str | None = None) -> tuple[RunFolder, ...]:
    """Make the folders of a race's runs, all or none; each is named after the race and its cell.

    Args:
        runs_dir: the folder of all runs; created if it doesn't exist.
        entrants: what is trained.
        name: the race's name; None: made from the time.

    Raises:
        UsageError: a run's name isn't allowed, or is taken.
        GatescopeError: a folder can't be written; nothing is left behind.
    """
    if name is not None:
        return _make(runs_dir, entrants, name)
    stem = time.strftime("race-%Y%m%d-%H%M%S")
    for number in count(1):
        with suppress(OptionError):  # taken: by a race of the same second
            return _make(runs_dir, entrants, stem if number == 1 else f"{stem}-{number}")
    raise AssertionError


def _make(runs_dir: Path, entrants: Sequence[Entrant], race: str) -> tuple[RunFolder, ...]:
    """Make all folders of a race of this name, the last one first: so the first one is the newest run."""
    names = [f"{race}-{entrant.config.cell}" for entrant in entrants]
    for name in names:
        check_name(runs_dir, name)
    made: list[RunFolder] = []
    try:
        for name, entrant in reversed([*zip(names, entrants, strict=True)]):
            made.append(create_run(runs_dir, entrant.config, name, race))
    except BaseException:
        _remove(made)
        raise
    return tuple(reversed(made))


def _remove(folders: Sequence[RunFolder]) -> None:
    """Remove the folders of a race that can't begin: they would only occupy its name."""
    for folder in folders:
        shutil.rmtree(folder.path, ignore_errors=True)


def race_of(folder: RunFolder) -> tuple[RunFolder, ...]:
    """All runs of the race that a run is part of, in the order of the table of cells; none if it is in none.

    It reads the `run.json` of each run beside it.
    """
    race = _race(folder)
    return runs_of(folder.path.parent, race) if race else ()


def runs_of(runs_dir: Path, race: str) -> tuple[RunFolder, ...]:
    """The runs of a race, likewise; none if there is no such race in this folder."""
    order = [*CELLS]
    found = [folder for folder in list_runs(runs_dir) if _race(folder) == race]
    found.sort(key=lambda folder: (order.index(folder.read().config.cell), folder.name))
    return tuple(found)


def find_race(runs_dir: Path | None, name: str) -> tuple[RunFolder, ...]:
    """The runs of a race by its name, or by any way to name one of its runs.

    Raises:
        UsageError: there is none.
    """
    named = next((folder for folder in known_runs(runs_dir) if name and _race(folder) == name), None)
    folder = named or find_run(runs_dir, name)
    folders = race_of(folder)
    if not folders:
        raise UsageError(f"run {folder.name} is in no race; begin one with `gatescope race`")
    return folders


def unfinished(folders: Sequence[RunFolder]) -> tuple[RunFolder, ...]:
    """Those of a race's runs that have something left to train."""
    found = ((folder, summarise(folder)) for folder in folders)
    return tuple(folder for folder, run in found if isinstance(run, Summary) and run.state not in OVER)


def under_way(folder: RunFolder) -> tuple[RunFolder, ...]:
    """Those of a run's race that train, or wait for their turn, the run itself included."""
    return tuple(one for one in race_of(folder) if one.engine() is not None or one.waits())


def stop_race(folders: Iterable[RunFolder]) -> bool:
    """Have no run of a race wait any more, and end those that train between two batches; returns at once.

    Returns:
        Whether anything was told to stop: only what runs on this machine, as this user, can be.
    """
    found = [(read_lock(folder.race_lock), folder.engine()) for folder in folders]
    # A supervisor passes it on to its engines; they aren't told twice, which would skip the last evaluation.
    told = {one.pid for one, _ in found if one is not None and one.has_our_pid}
    told = told or {one.pid for _, one in found if one is not None and one.has_our_pid}
    for pid in told:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return bool(told)


def _race(folder: RunFolder) -> str:
    """The race that a run is part of; empty if it is in none, or can't be read."""
    try:
        return folder.read().race
    except GatescopeError:
        return ""
