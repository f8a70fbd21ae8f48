"""What changes a run in the list of runs: it gets another name, or is deleted."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from explorer.runs.folder import RunFolder
from explorer.runs.manage import Deleted, Renamed, delete_run, disk_size, rename_run
from explorer.runs.summary import Listed, summarise
from explorer.system.errors import GatescopeError, OptionError
from explorer.system.text import human, printable
from explorer.ui.screens.choose_dialog import agreed
from explorer.ui.screens.dialog import Dialog
from explorer.ui.screens.gate import Gate, errand
from explorer.ui.screens.rename_form import RenameForm

Changed = Callable[[Renamed | Deleted], None]
"""Called on the event loop once a run was renamed or deleted."""


class RunChanges(Dialog[Path | Literal["compare"]]):
    """A list with a run under its cursor, which is changed only once nothing trains it."""

    def __init__(self, changed: Changed) -> None:
        """Call `changed` for each run that was renamed or deleted."""
        super().__init__()
        self.gate = Gate(self)
        """What opens dialogs over this list: one at a time."""
        self._changed = changed

    @property
    @abstractmethod
    def here(self) -> Listed | None:
        """The run under the cursor; None where there is none."""

    @abstractmethod
    def complain(self, text: str) -> None:
        """Say what went wrong."""

    @abstractmethod
    def replace(self, folder: RunFolder, by: Listed | None) -> None:
        """Show another summary in place of a run's, or none."""

    @errand()
    async def action_rename(self) -> None:
        """Ask for another name of the run under the cursor, and give it that."""
        if folder := self._idle("rename"):
            await self._rename(folder)

    @errand()
    async def action_delete(self) -> None:
        """Ask whether to delete the run under the cursor, and do it."""
        if folder := self._idle("delete"):
            await self._delete(folder)

    def _idle(self, wanted: str) -> RunFolder | None:
        """The run under the cursor; None if there is none, or if it is training, which is said."""
        if self.here is None:
            return None
        folder = self.here.folder
        if folder.engine() is None:
            return folder
        self.complain(f"run {folder.name} is training; stop it before you {wanted} it")
        return None

    async def _rename(self, folder: RunFolder) -> None:
        """Ask for another name of a run, and give it that."""
        name = await self.gate.ask(RenameForm(folder))
        if name is None or name == folder.name:
            return
        try:
            renamed = await asyncio.to_thread(rename_run, folder, name)
        except OptionError as error:
            self.complain(error.in_form)
        except GatescopeError as error:
            self.complain(str(error))
        else:
            self.replace(folder, await asyncio.to_thread(summarise, renamed))
            self._changed(Renamed(folder.path, renamed.path))

    async def _delete(self, folder: RunFolder) -> None:
        """Ask whether to delete a run, and do it."""
        if not await ask_deleting(self.gate, folder):
            return
        try:
            await asyncio.to_thread(delete_run, folder)
        except GatescopeError as error:
            self.complain(str(error))
            return
        self.replace(folder, None)
        self._changed(Deleted(folder.path))


async def ask_deleting(gate: Gate, folder: RunFolder) -> bool:
    """Whether to delete a run; enter alone, and escape, keep it."""
    if folder.path.is_symlink():
        text = f"{printable(folder.name)} is a link; the folder that it leads to stays."
    else:
        size = human(await asyncio.to_thread(disk_size, folder))
        text = f"{printable(folder.name)}, {size}, with its checkpoints and pictures. This can't be undone."
    return await agreed(gate, "delete this run?", text, "no, keep it", "yes, delete it")
