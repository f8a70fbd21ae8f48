"""The list of a run's drawings: put one on the pad, or delete it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label

from explorer.runs.drawings import delete
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError
from explorer.system.text import printable
from explorer.ui.screens.choose_dialog import agreed
from explorer.ui.screens.dialog import Dialog, hint
from explorer.ui.screens.gate import Gate, errand
from explorer.ui.widgets import choice_list
from explorer.ui.widgets.choice_list import ChoiceList

EMPTY: Final = ""
"""The answer that stands for an empty sheet; no drawing is called so."""


class DrawingList(Dialog[str]):
    """Empty paper, then the drawings by name; its answer is the name of the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("D,delete", "delete", "Delete", show=False)]

    def __init__(self, folder: RunFolder, names: Sequence[str]) -> None:
        """List these drawings of a run."""
        super().__init__()
        self._folder, self._names = folder, [EMPTY, *names]
        self.gate = Gate(self)
        """What opens dialogs over this list: one at a time."""
        self._list = ChoiceList(self._lines())
        self._message = Label("", id="message", markup=False)

    def compose(self) -> ComposeResult:
        """The box, the list, what went wrong, the keys."""
        with Vertical(id="box") as box:
            box.border_title = "draw on"
            yield self._list
            yield self._message
            yield hint("enter: put it on the pad", "D: delete")

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen one."""
        self.dismiss(self._names[message.index])

    @errand()
    async def action_delete(self) -> None:
        """Ask whether to delete the drawing under the cursor, and do it."""
        name = self._names[self._list.cursor]
        text = f"{printable(name)}. This can't be undone."
        if name == EMPTY or not await agreed(
            self.gate, "delete this drawing?", text, "no, keep it", "yes, delete it"
        ):
            return
        try:
            await asyncio.to_thread(delete, self._folder, name)
        except GatescopeError as error:
            self._message.set_class(True, "error")
            self._message.update(printable(str(error)))
        else:
            self._names.remove(name)
            self._list.replace(self._lines())

    def _lines(self) -> list[choice_list.Choice]:
        """The lines of the list."""
        empty: choice_list.Choice = [("empty", "strong")]
        named: list[choice_list.Choice] = [[(printable(name), "plain")] for name in self._names[1:]]
        return [empty, *named]
