"""One question with a few answers, or with many."""

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
            choices: what stands in the list; the first is chosen by enter alone.
            more: what comes below, as it is found.
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
        """Find the rest, once the beginning can be seen."""
        if self._more is not None:
            self.call_after_refresh(self._extend, self._more)

    @work
    async def _extend(self, more: AsyncIterator[Sequence[Choice]]) -> None:
        """Add what is found to the list; ends with the dialog."""
        async for choices in more:
            self._keys.extend(key for key, _ in choices)
            self._list.extend(line for _, line in choices)

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen line's key."""
        self.dismiss(self._keys[message.index])
