"""A run's folder, held open by a program that works on it: its path may name something else meanwhile.

A folder can be deleted and made again under the same name, or be renamed, while a training runs for days. A
path doesn't notice; an open handle and its device and inode do.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from explorer.runs.folder import RunFolder
from explorer.runs.manage import DELETED
from explorer.system.errors import GatescopeError
from explorer.system.files import identity


class FolderGone(GatescopeError):
    """A run's folder was deleted, or moved where it can't be found."""


class HeldFolder:
    """The folder that a run's path named at first; `folder.path` is kept right when it is renamed."""

    def __init__(self, folder: RunFolder) -> None:
        """Hold the folder that the path names now.

        Raises:
            GatescopeError: there is none, or it can't be opened.
        """
        self.folder = folder
        self.gone = ""
        """Why the folder may not be touched any more, in one line; empty while it may."""
        try:
            self.handle = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            """The open folder: what is opened within it is this run's, whatever the path names by then."""
        except OSError as error:
            raise GatescopeError(f"can't open {folder.path}: {error.strerror}") from None
        self._identity = identity(os.fstat(self.handle))

    def follow(self) -> bool:
        """Compare the folder that the path names by now with the one held, and follow a rename. Takes 2 µs.

        Returns:
            Whether the folder has another name than before: `folder.path` is the new one.

        Raises:
            FolderGone: it has no name any more. Nothing may be touched at the path: what is there is new.
        """
        path = self.folder.path
        if not self.gone and self._is_at(path):
            return False
        found = None if self.gone else next(filter(self._is_at, self._candidates()), None)
        if found is None:
            self.gone = self.gone or (
                f"the folder of run {path.name} was deleted, or moved out of reach, so its training has "
                "ended; start a new one with `gatescope train`"
            )
            raise FolderGone(self.gone)
        self.folder.path = found
        return True

    def close(self) -> None:
        """Hold it no longer."""
        os.close(self.handle)

    def _is_at(self, path: Path) -> bool:
        """Whether a path names this folder; where that can't be found out now, nothing has changed."""
        try:
            return identity(path.stat()) == self._identity
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a network that stalls, for instance
            return path == self.folder.path

    def _candidates(self) -> Iterator[Path]:
        """Paths that the folder may have by now; not those of folders that are being deleted."""
        path = self.folder.path
        known: list[Path] = []
        with suppress(OSError, ValueError):
            if sys.platform == "darwin":
                name = fcntl.fcntl(self.handle, fcntl.F_GETPATH, bytes(1024)).split(b"\0", 1)[0]
                known = [Path(os.fsdecode(name))]
            else:
                known = [Path(os.readlink(f"/proc/self/fd/{self.handle}"))]
        for name in known:
            if not name.name.startswith(DELETED):
                yield path.with_name(name.name)  # as it was reached before: through a link, for instance
                yield name
        with suppress(OSError), os.scandir(path.parent) as siblings:
            for entry in siblings:
                if entry.inode() == self._identity[1] and not entry.name.startswith(DELETED):
                    yield path.with_name(entry.name)
