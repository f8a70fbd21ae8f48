"""What the pad asks with dialogs: a name to save under, another sheet, a number for a stretch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from explorer.runs import drawings
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError
from explorer.system.path_text import path_text
from explorer.system.text import printable
from explorer.ui.screens.drawing_forms import ChangeForm, SaveForm
from explorer.ui.screens.drawing_list import EMPTY, DrawingList
from explorer.ui.screens.gate import Gate
from explorer.ui.views.drawing import Drawing
from explorer.ui.views.sheet import Sheet, cleared
from explorer.ui.widgets.message_line import Notice


class Drawings:
    """Saves what is on the pad with the run, and puts something else on it."""

    def __init__(
        self, gate: Gate, view: Drawing, say: Callable[[Notice], object], complain: Callable[[str], object]
    ) -> None:
        """Ask through `gate` about the pad of `view`."""
        self._gate, self._view, self._say, self._complain = gate, view, say, complain

    async def save(self, folder: RunFolder) -> str:
        """Ask for a name, and save what is on the pad under it.

        Returns:
            The file; empty if nothing was saved.
        """
        sheet = self._view.pad.sheet
        name = await self._gate.ask(SaveForm(folder, await asyncio.to_thread(drawings.free_name, folder)))
        if name is None or sheet is None:
            return ""
        drawing = drawings.Drawing(sheet.timesteps, sheet.inputs, sheet.image, sheet.data)
        try:
            path = await asyncio.to_thread(drawings.save, folder, name, drawing)
        except GatescopeError as error:
            self._complain(str(error))
            return ""
        self._view.call_it(name)
        shown = path_text(path.resolve())
        self._say(Notice(f"saved {shown}; y copies the path"))
        return shown

    async def path(self, folder: RunFolder) -> str:
        """The file of what is on the pad, which is saved first if it isn't; empty if it can't be."""
        sheet = self._view.pad.sheet
        file = drawings.path_of(folder, sheet.name) if sheet and sheet.name else None
        if file is not None and await asyncio.to_thread(file.is_file):
            return path_text(file.resolve())
        return await self.save(folder)

    async def open(self, folder: RunFolder) -> None:
        """Ask what to put on the pad, and do it."""
        known = await asyncio.to_thread(drawings.names, folder)
        name = await self._gate.ask(DrawingList(folder, known))
        sheet = self._view.pad.sheet
        if name is None or sheet is None:
            return
        if name == EMPTY:
            self._view.put(cleared(sheet, sheet.whole()))
            return
        try:
            self._view.put(_like(sheet, name, await asyncio.to_thread(drawings.load, folder, name)))
        except GatescopeError as error:
            self._complain(str(error))

    async def change(self) -> None:
        """Ask for a number, and change the stretch by it."""
        pad = self._view.pad
        if pad.sheet is None:
            return
        change = await self._gate.ask(ChangeForm(pad.sheet, pad.stretch))
        if change is not None:
            pad.apply(change)
            self._view.show_change()


def _like(sheet: Sheet, name: str, saved: drawings.Drawing) -> Sheet:
    """A drawing as a sheet, on the scales of another.

    Raises:
        GatescopeError: it isn't of this run's kind.
    """
    if (saved.inputs, saved.image) != (sheet.inputs, sheet.image):
        theirs, ours = (f"{one.inputs} {'bytes' if one.image else 'float32'}" for one in (saved, sheet))
        raise GatescopeError(f"{name} has {theirs} a timestep, and this run reads {ours}; draw another")
    return sheet.another(saved.timesteps, saved.data, printable(name))
