"""The folder of all runs: making one, listing them, finding one."""

from __future__ import annotations

import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from explorer import __version__
from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.folder import FORMAT, RunFile, RunFolder
from explorer.runs.known_folders import remember, remembered

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def create_run(runs_dir: Path, config: Config, name: str | None = None) -> RunFolder:
    """Make a new run's folder with its `run.json`.

    Args:
        runs_dir: the folder of all runs; made if it isn't there.
        config: what is asked for.
        name: the run's name; None makes one from the cell and the time.

    Raises:
        UsageError: the name can't be a folder's, or is taken.
        GatescopeError: the folder can't be written.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"--name takes up to 64 letters, digits, dots, dashes and underscores, not {name!r}")
    created = time.time()
    try:
        runs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = _make(runs_dir, name) if name else _make_numbered(runs_dir, config, created)
        try:
            folder.checkpoints.mkdir(mode=0o700)
            folder.write(RunFile(FORMAT, folder.name, created, __version__, config))
        except BaseException:
            shutil.rmtree(folder.path, ignore_errors=True)  # half a run would only take the name
            raise
    except OSError as error:
        where = f"{runs_dir}: {error.strerror}"
        raise GatescopeError(f"cannot write runs to {where}; choose another folder with --runs-dir") from None
    remember(runs_dir)
    return folder


def _make(runs_dir: Path, name: str) -> RunFolder:
    """Make the folder of a name that nobody has taken."""
    folder = RunFolder(runs_dir / name)
    try:
        folder.path.mkdir(mode=0o700)
    except FileExistsError:
        what = f"a run {name!r}" if _stamp(folder.path) is not None else f"something called {name!r}"
        raise UsageError(f"there is already {what} in {runs_dir}; choose another --name") from None
    return folder


def _make_numbered(runs_dir: Path, config: Config, created: float) -> RunFolder:
    """Make a folder named after the cell and the time, with a number where that is taken."""
    stem = f"{config.cell}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(created))}"
    for number in range(1, 1000):
        try:
            return _make(runs_dir, stem if number == 1 else f"{stem}-{number}")
        except UsageError:
            continue
    raise UsageError(f"there already are 999 runs {stem!r} in {runs_dir}")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """The runs in a folder, newest first; empty when there is no such folder, or it can't be read."""
    try:
        paths = list(runs_dir.iterdir())
    except (OSError, ValueError):  # or no name that a folder can have
        return []
    stamped = [(stamp, path) for path in paths if (stamp := _stamp(path)) is not None]
    return [RunFolder(path) for _, path in sorted(stamped, reverse=True)]


def _stamp(path: Path) -> int | None:
    """When a folder's `run.json` was written, in ns; None where there is none that can be seen."""
    try:
        status = (path / "run.json").lstat()
    except (OSError, ValueError):  # gone meanwhile, somebody else's, or a name that no file can have
        return None
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None


def find_run(runs_dir: Path, run: str) -> RunFolder:
    """A run by its name in `runs_dir`, by its path, or by its name wherever this user trained before.

    Raises:
        UsageError: there is none; the line names those that there are.
    """
    for path in _candidates(runs_dir, run):
        if _stamp(path) is not None:
            return RunFolder(path.resolve())
    raise UsageError(f"there is no run {run!r} in {runs_dir}; {_newest(runs_dir)}")


def _newest(runs_dir: Path) -> str:
    """Which runs there are, for somebody who has named none of them."""
    for folder in (runs_dir, *remembered()):
        names = ", ".join(run.name for run in list_runs(folder)[:5])
        if names:
            return f"the newest are {names}" if folder == runs_dir else f"in {folder} there are {names}"
    return "no runs yet; start one with `gatescope train`"


def _candidates(runs_dir: Path, run: str) -> Iterator[Path]:
    """Where a run may be, the likeliest first; further places are only looked up when these have none."""
    yield runs_dir / run
    yield Path(run)
    for folder in remembered():
        yield folder / run


def known_runs(runs_dir: Path | None) -> Iterator[RunFolder]:
    """The runs that a person means, one after the other: those of a folder, the newest first.

    Without a folder these are the runs in `./runs`, and those that are trained elsewhere. Somebody who
    comes back to a machine seldom stands in the same folder: where there is no `./runs`, it is the one
    in which a run was made last.
    """
    here = Path("./runs").absolute()
    runs = list_runs(runs_dir or here)
    yield from runs
    if runs_dir is not None:
        return
    live = live_elsewhere(here)
    yield from live
    if not runs:
        last = next((found for folder in remembered() if (found := list_runs(folder))), [])
        working = {run.path for run in live}
        yield from (run for run in last if run.path not in working)


class Newest(NamedTuple):
    """The run that is opened when nobody names one."""

    run: RunFolder | None
    """None where there is none."""
    skipped: int
    """Newer runs that another version of gatescope made."""


def newest_of(runs: Iterable[RunFolder]) -> Newest:
    """The first of these that this version can open; a damaged one counts, because it says what is wrong."""
    skipped = 0
    for run in runs:
        if not run.is_of_other_format():
            return Newest(run, skipped)
        skipped += 1
    return Newest(None, skipped)


def live_elsewhere(runs_dir: Path) -> list[RunFolder]:
    """Runs in other folders than this one that an engine is at work on, newest first."""
    here = runs_dir.resolve()
    others = (folder for folder in remembered() if folder != here)
    return [run for folder in others for run in list_runs(folder) if run.engine() is not None]
