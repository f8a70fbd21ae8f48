"""The list of runs: open one, see all about it, rename it, delete it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.widgets import Label

from explorer.runs.folder import RunFolder
from explorer.runs.manage import Deleted, Renamed, delete_run, disk_size, rename_run
from explorer.runs.summary import Summary, Unreadable, summarise
from explorer.system.errors import GatescopeError, OptionError
from explorer.system.text import human, printable
from explorer.ui.screens.choose_dialog import agreed
from explorer.ui.screens.dialog import CLOSE, Dialog, hint
from explorer.ui.screens.gate import Gate, errand
from explorer.ui.screens.rename_form import RenameForm
from explorer.ui.screens.run_details import RunDetails
from explorer.ui.screens.run_lines import RunTable, is_at
from explorer.ui.widgets import choice_list
from explorer.ui.widgets.choice_list import ChoiceList, Words

Listed = Summary | Unreadable
"""A run in the list."""
FRESH_SECONDS: Final = 1.0
"""Seconds between two looks at the runs that are training."""
KEYS: Final = ("enter: open", "i: details", "R: rename", "D: delete")
"""What the keys do."""


Changed = Callable[[Renamed | Deleted], None]
"""Called on the event loop once a run was renamed or deleted."""


class RunList(Dialog[Path]):
    """Runs, newest first; its answer is the folder of the run to open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,right", "details", "Details", show=False),
        Binding("R,f2", "rename", "Rename", show=False),
        Binding("D,delete", "delete", "Delete", show=False),
    ]

    def __init__(
        self,
        first: Sequence[Listed],
        more: AsyncIterator[Sequence[Listed]],
        find: Callable[[], Sequence[RunFolder]],
        shown: Path | None,
        changed: Changed,
    ) -> None:
        """List runs.

        Args:
            first: the newest ones.
            more: the others, added below as they are found.
            find: finds all runs that there are now; called in a thread.
            shown: the folder of the run on the screen.
            changed: called when a run was renamed or deleted.
        """
        super().__init__()
        self._runs = [*first]
        self._more = more
        self._find = find
        self._complete = False
        self.gate = Gate(self)
        """What opens dialogs over this list: one at a time."""
        self._shown = shown
        self._changed = changed
        self._table = RunTable(shown)
        self._table.widen(first)
        here = next((index for index, one in enumerate(first) if is_at(one.folder, shown)), 0)
        self._list = ChoiceList(self._lines(first), self._head, here)
        self._message = Label("", id="message", markup=False)
        self._keys = hint(*KEYS)

    def compose(self) -> ComposeResult:
        """The box, the list, what went wrong, the keys."""
        with Vertical(id="box") as box:
            box.border_title = "switch run"
            yield self._list
            yield self._message
            yield self._keys

    def on_mount(self) -> None:
        """Find the rest, once the beginning is on the screen."""
        if not self._runs:
            self._say("there are no runs yet; n starts one")
        self.call_after_refresh(self._extend)
        self.set_interval(FRESH_SECONDS, self._refresh)

    def on_resize(self, event: Resize) -> None:
        """Name the keys on one line, or where there is no room for that, on two."""
        self._keys.update(" · ".join(KEYS) + ("\n" if self.narrow else " · ") + CLOSE)
        self._list.refresh(layout=True)

    def _say(self, text: str) -> None:
        """Say what went wrong, or nothing."""
        self._message.set_class(bool(text), "error")
        self._message.update(printable(text))
        self._list.refresh(layout=True)

    @work
    async def _extend(self) -> None:
        """Add runs to the list as they are found; ends with the dialog."""
        async for runs in self._more:
            self._table.widen(runs)
            self._runs.extend(runs)
            self._list.extend(self._lines(runs))
        self._complete = True

    @work(exclusive=True, group="refresh")
    async def _refresh(self) -> None:
        """Show the trainings as they are now, those that were started elsewhere, and no run that is gone."""
        before = [*self._runs]  # kept until the end: what has changed is known by identity
        now = await asyncio.to_thread(_now, before)
        new = await asyncio.to_thread(_new, before, self._find) if self._complete else []
        if not self.gate.free:  # a run may be getting another name
            return
        known = {one.folder.path for one in self._runs}
        newer = (now.get(id(one), one) for one in self._runs)
        runs = [one for one in new if one.folder.path not in known]
        runs += [one for one in newer if one is not None]
        if runs != self._runs:
            here = self._runs[self._list.cursor].folder.path if self._runs else None
            self._runs = runs
            self._say("")
            self._redraw()
            paths = [one.folder.path for one in runs]
            if here in paths:
                self._list.cursor = paths.index(here)

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen run."""
        self.dismiss(self._runs[message.index].folder.path)

    def action_details(self) -> None:
        """Show all about the run under the cursor."""
        if self._runs:
            self.gate.show(lambda: RunDetails(self._runs[self._list.cursor]))

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
        if not self._runs:
            return None
        folder = self._runs[self._list.cursor].folder
        if folder.engine() is None:
            return folder
        self._say(f"run {folder.name} is training; stop it before you {wanted} it")
        return None

    async def _rename(self, folder: RunFolder) -> None:
        """Ask for another name of a run, and give it that."""
        name = await self.gate.ask(RenameForm(folder))
        if name is None or name == folder.name:
            return
        try:
            renamed = await asyncio.to_thread(rename_run, folder, name)
        except OptionError as error:
            self._say(error.in_form)
        except GatescopeError as error:
            self._say(str(error))
        else:
            self._replace(folder, await asyncio.to_thread(summarise, renamed))
            self._changed(Renamed(folder.path, renamed.path))

    async def _delete(self, folder: RunFolder) -> None:
        """Ask whether to delete a run, and do it."""
        if not await ask_deleting(self.gate, folder):
            return
        try:
            await asyncio.to_thread(delete_run, folder)
        except GatescopeError as error:
            self._say(str(error))
            return
        self._replace(folder, None)
        self._changed(Deleted(folder.path))

    def _replace(self, folder: RunFolder, by: Listed | None) -> None:
        """Show another summary in place of a run's, or none."""
        index = next(index for index, one in enumerate(self._runs) if one.folder is folder)
        self._runs[index : index + 1] = [] if by is None else [by]
        if by is not None and is_at(folder, self._shown):
            self._shown = by.folder.path
        self._say("")
        self._redraw()

    def _redraw(self) -> None:
        """Show the runs as they are now."""
        self._table = RunTable(self._shown)
        self._table.widen(self._runs)
        self._list.replace(self._lines(self._runs))

    def _head(self, width: int) -> Words:
        """The headings, made for the width that they get."""
        return self._table.head(width)

    def _lines(self, runs: Sequence[Listed]) -> list[choice_list.Choice]:
        """The lines of runs, made for the width that they get."""
        return [partial(self._table.line, one) for one in runs]


async def ask_deleting(gate: Gate, folder: RunFolder) -> bool:
    """Whether to delete a run; enter alone, and escape, keep it."""
    if folder.path.is_symlink():
        text = f"{printable(folder.name)} is a link; the folder that it leads to stays."
    else:
        size = human(await asyncio.to_thread(disk_size, folder))
        text = f"{printable(folder.name)}, {size}, with its checkpoints and pictures. This can't be undone."
    return await agreed(gate, "delete this run?", text, "no, keep it", "yes, delete it")


def _now(runs: Sequence[Listed]) -> dict[int, Listed | None]:
    """The runs that have changed, by the identity of what is known of each: what they are now; None: gone.

    Only those that an engine has, or had, are read again: a look at the others' locks takes 50 µs each.
    """
    changed: dict[int, Listed | None] = {}
    for one in runs:
        if not one.folder.path.is_dir():
            changed[id(one)] = None
        elif isinstance(one, Summary) and (one.pid is not None or one.folder.engine() is not None):
            now = summarise(one.folder)
            if now != one:
                changed[id(one)] = now
    return changed


def _new(known: Sequence[Listed], find: Callable[[], Sequence[RunFolder]]) -> list[Listed]:
    """The runs that aren't known yet, newest first."""
    paths = {one.folder.path for one in known}
    return [summarise(folder) for folder in find() if folder.path not in paths]
