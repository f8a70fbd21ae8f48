"""Renaming and deleting runs, never one that an engine is training."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.runs.catalogue import check_name
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.system.errors import GatescopeError

DELETED = ".deleted-"
"""How the name of a folder begins that is being deleted. It is hidden from every list; were it deleted under
its own name, a crash would leave half a run there."""


@dataclass(frozen=True)
class Renamed:
    """A run has another name."""

    old: Path
    """Where its folder was."""
    new: Path
    """Where its folder is."""


@dataclass(frozen=True)
class Deleted:
    """A run is gone."""

    path: Path
    """Where its folder was."""


def rename_run(folder: RunFolder, name: str) -> RunFolder:
    """Rename a run: its folder, then the name in its `run.json`.

    The folder's name is the truth (`RunFolder.read`), so a crash in between changes nothing that is shown.

    Raises:
        OptionError: the name isn't allowed, or is taken.
        GatescopeError: an engine has the run, or its folder can't be renamed.
    """
    check_name(folder.path.parent, name)
    renamed = RunFolder(folder.path.with_name(name))
    with _without_engine(folder, "rename"):
        try:
            folder.path.rename(renamed.path)
        except OSError as error:
            raise GatescopeError(f"can't rename {folder.path}: {error.strerror}") from None
        with suppress(GatescopeError, OSError):  # the name in it is for people only
            file = renamed.path / "run.json"
            status = file.stat()
            renamed.write(renamed.read())
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))  # lists are sorted by it
    return renamed


def delete_run(folder: RunFolder) -> None:
    """Delete a run's folder with all that is in it; of a link to a folder, only the link.

    Raises:
        GatescopeError: an engine has the run, or its folder can't be deleted.
    """
    path = folder.path
    with _without_engine(folder, "delete"):
        try:
            if path.is_symlink():
                path.unlink()
                return
            hidden = path.rename(path.with_name(f"{DELETED}{path.name[:60]}-{secrets.token_hex(4)}"))
        except OSError as error:
            raise GatescopeError(f"can't delete {path}: {error.strerror}") from None
        try:
            shutil.rmtree(hidden)
        except OSError as error:
            raise GatescopeError(
                f"can't remove all of {hidden}: {error.strerror}; remove it yourself"
            ) from None
    _remove_leftovers(path.parent)


def _remove_leftovers(runs_dir: Path) -> None:
    """Remove what a program left that was killed while deleting."""
    for path in runs_dir.glob(f"{DELETED}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _without_engine(folder: RunFolder, what: str) -> Iterator[None]:
    """Hold a run's lock, so that no engine takes the run meanwhile.

    Raises:
        GatescopeError: an engine holds it, or it can't be written.
    """
    engine = folder.engine()
    if engine is not None:
        pid = f" (process {engine.pid})" if engine.pid else ""
        where = f" {engine.away.where}" if engine.away else pid
        raise GatescopeError(f"run {folder.name} is training{where}; stop it before you {what} it")
    lock = EngineLock(folder.lock)
    try:
        yield
    finally:
        lock.release()


def disk_size(folder: RunFolder) -> int:
    """Bytes of all files in a run's folder; links count as themselves, and what can't be read as nothing."""
    total = 0
    for where, _, names in os.walk(folder.path):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size
    return total
