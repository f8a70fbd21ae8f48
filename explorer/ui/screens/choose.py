"""One question with a few answers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from explorer.ui.screens.dialog import Dialog


class Choose(Dialog[str]):
    """A list to choose from; its answer is the key of the chosen line."""

    def __init__(self, title: str, choices: Sequence[tuple[str, Text | str]], hint: str = "") -> None:
        """Ask.

        Args:
            title: the question.
            choices: keys, and what stands in the list; the first is chosen by enter alone.
            hint: one line under the list.
        """
        super().__init__()
        self._title = title
        self._choices = choices
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The box, the list, the hint."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield OptionList(
                *(Option(_one_line(line), id=str(number)) for number, (_, line) in enumerate(self._choices))
            )
            yield Label(self._hint or "enter chooses, escape leaves", classes="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the chosen line's key."""
        self.dismiss(self._choices[event.option_index][0])


def _one_line(line: Text | str) -> Text:
    """An answer as one line: folding it into a terminal without room for a character would raise."""
    text = line.copy() if isinstance(line, Text) else Text(line)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
