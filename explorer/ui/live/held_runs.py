"""What becomes of the folders of several runs while they are compared: renamed, or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from explorer.runs.folder import RunFolder
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.manage import Deleted, Renamed
from explorer.system.errors import GatescopeError


class HeldRuns:
    """Holds the folders of runs open, for one thread."""

    def __init__(self) -> None:
        """Hold none."""
        self._held: dict[Path, HeldFolder] = {}

    def hold(self, paths: Iterable[Path]) -> Iterator[Renamed | Deleted]:
        """Hold these and no others; what has become of those that aren't where they were, once each."""
        wanted = dict.fromkeys(paths)
        for path in [path for path in self._held if path not in wanted]:
            self._held.pop(path).close()
        for path in wanted:
            try:
                held = self._held.get(path) or HeldFolder(RunFolder(path))
                self._held[path] = held
                if held.follow():
                    self._held[held.folder.path] = self._held.pop(path)
                    yield Renamed(path, held.folder.path)
            except FolderGone:
                self._held.pop(path).close()
                yield Deleted(path)
            except GatescopeError:  # it was gone before
                yield Deleted(path)
