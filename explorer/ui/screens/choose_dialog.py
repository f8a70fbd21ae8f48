"""One question, and a list of answers: a few, or many."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label

from explorer.ui.screens.dialog import Dialog
from explorer.ui.widgets.choice_list import ChoiceList, Words

Choice = tuple[str, Words]
"""A key, and the line that stands for it."""


class ChooseDialog(Dialog[str]):
    """A list to choose from; its answer is the key of the chosen line."""

    def __init__(
        self, title: str, choices: Sequence[Choice], more: AsyncIterator[Sequence[Choice]] | None = None
    ) -> None:
        """Ask.

        Args:
            title: the question.
            choices: the lines of the list; enter alone chooses the first.
            more: further choices, added below as they are found.
        """
        super().__init__()
        self._title = title
        self._keys = [key for key, _ in choices]
        self._list = ChoiceList(line for _, line in choices)
        self._more = more

    def compose(self) -> ComposeResult:
        """The box, the list, the hint."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield self._list
            yield Label("enter: choose · esc: back", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Find the rest, once the beginning is on the screen."""
        if self._more is not None:
            self.call_after_refresh(self._extend, self._more)

    @work
    async def _extend(self, more: AsyncIterator[Sequence[Choice]]) -> None:
        """Add choices to the list as they are found; ends with the dialog."""
        async for choices in more:
            self._keys.extend(key for key, _ in choices)
            self._list.extend(line for _, line in choices)

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen line's key."""
        self.dismiss(self._keys[message.index])
