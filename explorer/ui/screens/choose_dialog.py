"""One question, and a short list of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Label

from explorer.ui.screens.dialog import Dialog, always, hint
from explorer.ui.screens.gate import Gate
from explorer.ui.widgets import choice_list
from explorer.ui.widgets.choice_list import ChoiceList

Choice: TypeAlias = tuple[str, choice_list.Choice]
"""A key, and the line that stands for it."""
YES_AND_NO: Final = ("no", "yes")
"""The keys of answers that their first letter gives, too."""


class ChooseDialog(Dialog[str]):
    """A list to choose from; its answer is the key of the chosen line. `y` and `n` answer yes and no."""

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
        self._letters = {key[0]: key for key in self._keys if key in YES_AND_NO}
        self._list = ChoiceList(line for _, line in choices)

    def compose(self) -> ComposeResult:
        """The box, the text, the list, the hint."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            if self._text:
                yield Label(self._text, classes="text", markup=False)
            yield self._list
            yield hint("enter: choose", *(f"{letter}: {key}" for letter, key in self._letters.items()))

    def on_key(self, event: Key) -> None:
        """Answer yes or no, in upper or lower case; with an escape before it, the letter is another key."""
        if answer := self._letters.get(event.key.lower()):
            event.stop()
            self.dismiss(answer)

    @on(ChoiceList.Chosen)
    def answer(self, message: ChoiceList.Chosen) -> None:
        """Answer with the chosen line's key."""
        self.dismiss(self._keys[message.index])


async def agreed(
    gate: Gate,
    title: str,
    text: str,
    no: str,
    yes: str,
    sensible: Callable[[], bool] = always,
    otherwise: bool = False,
) -> bool:
    """Whether a person agrees; enter alone, and escape, mean no.

    Args:
        gate: lets the dialog open.
        title: the question.
        text: what to know before answering.
        no: the answer that is offered first.
        yes: the other one.
        sensible: whether the question still makes sense; once it doesn't, it goes by itself.
        otherwise: what it means then.
    """
    choices: Sequence[Choice] = [("no", [(no, "plain")]), ("yes", [(yes, "plain")])]
    moot = "yes" if otherwise else "no"
    return await gate.ask(ChooseDialog(title, choices, text, sensible, moot)) == "yes"
