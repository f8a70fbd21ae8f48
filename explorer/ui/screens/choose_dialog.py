"""One question, and a short list of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label

from explorer.ui.screens.dialog import Dialog, always, hint
from explorer.ui.widgets import choice_list
from explorer.ui.widgets.choice_list import ChoiceList

Choice: TypeAlias = tuple[str, choice_list.Choice]
"""A key, and the line that stands for it."""


class ChooseDialog(Dialog[str]):
    """A list to choose from; its answer is the key of the chosen line."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        text: str = "",
        sensible: Callable[[], bool] = always,
        moot: str | None = None,
    ) -> None:
        """Ask.

        Args:
            title: the question.
            choices: the lines of the list; enter alone chooses the first.
            text: what to know before choosing.
            sensible: whether the question still makes sense; once it doesn't, it goes by itself.
            moot: the answer then.
        """
        super().__init__()
        self.sensible, self.moot = sensible, moot
        self._title = title
        self._text = text
        self._keys = [key for key, _ in choices]
        self._list = ChoiceList(line for _, line in choices)

    def compose(self) -> ComposeResult:
        """The box, the text, the list, the hint."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            if self._text:
                yield Label(self._text, classes="text", markup=False)
            yield self._list
            yield hint("enter: choose")

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen line's key."""
        self.dismiss(self._keys[message.index])
