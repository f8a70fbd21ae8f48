"""The folder of all runs: creating, listing and finding runs."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from explorer import __version__
from explorer.runs.config import Config
from explorer.runs.folder import FORMAT, RunFile, RunFolder
from explorer.runs.known_folders import remember, remembered
from explorer.runs.lock import EngineLock
from explorer.system.errors import GatescopeError, OptionError, UsageError
from explorer.system.paths import RUNS, absolute

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def odd_name(name: str) -> str:
    """What a name should be, of a run or of a part of it; empty if it is that."""
    if _NAME.fullmatch(name):
        return ""
    wanted = f"up to 64 letters, digits, dots, dashes and underscores, not {name!r}"
    return wanted + ("; the first is a letter or a digit" if name[:1] in (".", "-", "_") else "")


def check_name(runs_dir: Path, name: str) -> None:
    """Check the name of a new run before anything is created.

    Raises:
        OptionError: it isn't allowed, or is taken.
    """
    if wanted := odd_name(name):
        raise OptionError("name", f"--name takes {wanted}", wanted)
    if os.path.lexists(runs_dir / name):
        raise _taken(runs_dir / name)


def _taken(path: Path) -> OptionError:
    """The failure for a name that is taken."""
    what = f"a run {path.name!r}" if _stamp(path) is not None else f"something called {path.name!r}"
    message = f"there is already {what}; choose another --name (runs are in {path.parent})"
    return OptionError("name", message, f"there is already {what}; choose another")


def create_run(runs_dir: Path, config: Config, name: str | None = None, race: str = "") -> RunFolder:
    """Create a new run's folder with its `run.json`.

    Args:
        runs_dir: the folder of all runs; created if it doesn't exist.
        config: what is asked for.
        name: the run's name; None: made from the cell and the time.
        race: the race that it is part of; empty: none.

    Raises:
        UsageError: the name isn't allowed, or is taken.
        GatescopeError: the folder can't be written, or has no locks.
    """
    if name is not None:
        check_name(runs_dir, name)
    created = time.time()
    try:
        runs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = _make(runs_dir, name) if name else _make_numbered(runs_dir, config, created)
        try:
            folder.checkpoints.mkdir(mode=0o700)
            folder.write(RunFile(FORMAT, folder.name, created, __version__, config, race=race))
            EngineLock(folder.lock).release()  # where files can't be locked, nothing can be trained
        except BaseException:
            shutil.rmtree(folder.path, ignore_errors=True)  # half a run would only occupy the name
            raise
    except OSError as error:
        where = f"{runs_dir}: {error.strerror}"
        raise GatescopeError(f"can't write runs to {where}; choose another folder with --runs-dir") from None
    remember(runs_dir)
    return folder


def _make(runs_dir: Path, name: str) -> RunFolder:
    """Create a folder under a name that isn't taken."""
    folder = RunFolder(runs_dir / name)
    try:
        folder.path.mkdir(mode=0o700)
    except FileExistsError:
        raise _taken(folder.path) from None
    return folder


def _make_numbered(runs_dir: Path, config: Config, created: float) -> RunFolder:
    """Create a folder named after the cell and the time, with a number added if that name is taken."""
    stem = f"{config.cell}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(created))}"
    for number in range(1, 1000):
        try:
            return _make(runs_dir, stem if number == 1 else f"{stem}-{number}")
        except UsageError:
            continue
    raise UsageError(f"there are already 999 runs {stem!r} in {runs_dir}")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """The runs in a folder, newest first, those of the same time by name; empty if it can't be read."""
    try:
        paths = list(runs_dir.iterdir())
    except (OSError, ValueError):  # ValueError: a name that no folder can have
        return []
    seen = (path for path in paths if not path.name.startswith("."))  # hidden: a run being deleted
    stamped = [(stamp, path) for path in seen if (stamp := _stamp(path)) is not None]
    # `cp -a` keeps the time: the copy, `one-copy`, comes after `one`.
    return [RunFolder(path) for _, path in sorted(stamped, key=lambda one: (-one[0], one[1].name))]


def _stamp(path: Path) -> int | None:
    """When a folder's `run.json` was written, in ns, or its events, if they are all that is left of a run;
    None if it has neither, or they can't be seen.
    """
    for name in ("run.json", "events.jsonl"):
        try:
            status = (path / name).lstat()
        except (OSError, ValueError):  # gone meanwhile, another user's, or a name that no file can have
            continue
        if stat.S_ISREG(status.st_mode):
            return status.st_mtime_ns
    return None


def find_run(runs_dir: Path | None, run: str) -> RunFolder:
    """A run by its name, by its path, as `last`, which is the newest that can be read, or by how it begins.

    A name wins over `last`, and over the beginning of another name.

    Args:
        runs_dir: the folder of all runs; None: `./runs`, and then wherever this user has trained before.
        run: what a person typed.

    Raises:
        UsageError: there is none, or several begin like this; the line names some that there are.
    """
    whole = Path(run)
    if whole.is_absolute():  # needs no other folder: the working folder may be gone
        if _stamp(whole) is None:
            raise _unknown(whole.name, whole.parent)
        return RunFolder(whole.resolve())
    here = runs_dir or absolute(RUNS)
    for path in _candidates(runs_dir, here, run):
        if _stamp(path) is not None:
            return RunFolder(path.resolve())
    found = _matches(runs_dir, here, run)
    if len(found) > 1:
        names = [one.name if one.path.parent == here else str(one.path) for one in found]
        several = (
            f"{', '.join(names[:-1])} or {names[-1]}" if len(names) < 6 else f"{', '.join(names[:5])}, …"
        )
        raise UsageError(f"run {run!r} could be {several}; name one of them")
    if not found:
        raise _unknown(run, here)
    return RunFolder(found[0].path.resolve())


def _unknown(run: str, runs_dir: Path) -> UsageError:
    """The failure for a run that isn't there."""
    return UsageError(f"there is no run {run!r} in {runs_dir}; {_suggest_newest(runs_dir)}")


def _matches(runs_dir: Path | None, here: Path, run: str) -> list[RunFolder]:
    """The newest run for `last`, or else those whose names begin like this: here, or else anywhere known."""
    if run == "last" and (newest := newest_of(known_runs(runs_dir)).run):
        return [newest]
    elsewhere = [] if runs_dir else [folder for folder in remembered() if folder != here.resolve()]
    for folders in ([here], elsewhere):
        runs = (one for folder in folders for one in list_runs(folder))
        if found := [one for one in runs if run and one.name.startswith(run)]:
            return found
    return []


def _suggest_newest(runs_dir: Path) -> str:
    """Name the newest runs, for a person whose name matched none."""
    for folder in (runs_dir, *remembered()):
        names = ", ".join(run.name for run in list_runs(folder)[:5])
        if names:
            return f"newest first: {names}" if folder == runs_dir else f"{folder} has {names}"
    return "no runs yet; start one with `gatescope train`"


def _candidates(runs_dir: Path | None, here: Path, run: str) -> Iterator[Path]:
    """Where a run may be, the likeliest first; the known folders are read only if it isn't found before.

    Where a folder of runs is named, no other folder is meant.
    """
    yield here / run
    yield Path(run)
    if runs_dir is None:
        yield from (folder / run for folder in remembered())


def known_runs(runs_dir: Path | None) -> Iterator[RunFolder]:
    """The runs that a person most likely means, one by one: those of a folder, newest first.

    Without a folder, these are the runs in `./runs` and any training elsewhere. A person who comes back to
    a machine is seldom in the same folder: if `./runs` has no runs, those of the folder that was used last
    follow.
    """
    if runs_dir is not None:
        yield from list_runs(runs_dir)
        return
    here = absolute(RUNS)
    runs = list_runs(here)
    yield from runs
    live = live_elsewhere(here)
    yield from live
    if not runs:
        last = next((found for folder in remembered() if (found := list_runs(folder))), [])
        live_paths = {run.path for run in live}
        yield from (run for run in last if run.path not in live_paths)


class Newest(NamedTuple):
    """The run to open when nobody names one."""

    run: RunFolder | None
    """None if there is none."""
    skipped: int
    """Newer runs that can't be opened: damaged, or from another version of gatescope."""


def newest_of(runs: Iterable[RunFolder]) -> Newest:
    """The first of these runs that can be opened."""
    skipped = 0
    for run in runs:
        if run.is_readable():
            return Newest(run, skipped)
        skipped += 1
    return Newest(None, skipped)


def all_runs(runs_dir: Path) -> list[RunFolder]:
    """The runs of a folder, newest first, then those in other folders that have a living engine."""
    return list_runs(runs_dir) + live_elsewhere(runs_dir)


def live_elsewhere(runs_dir: Path) -> list[RunFolder]:
    """Runs in other folders that have a living engine, newest first."""
    here = runs_dir.resolve()
    others = (folder for folder in remembered() if folder != here)
    return [run for folder in others for run in list_runs(folder) if run.engine() is not None]
