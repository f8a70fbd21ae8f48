"""A field with a few answers, one of which is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.painted import Painted

YES_OR_NO: Final = (("no", False), ("yes", True))
"""The answers to a yes-or-no question."""


def by_name(names: Iterable[str]) -> list[tuple[str, object]]:
    """Answers that mean what they say."""
    return [(name, name) for name in names]


class Select(Painted, can_focus=True):
    """One answer between two arrows, which lead to the previous and the next one; a letter leads to the next
    that begins with it.

    Textual's own is six widgets, one of them a list: a form with six of them took 0.3 s to appear.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Previous", show=False),
        Binding("right,space,enter", "turn(1)", "Next", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"select--dim", "select--arrow"}

    chosen: var[int] = var(0)
    """The answer that is shown, from 0."""

    class Changed(Message):
        """Another answer was selected."""

        def __init__(self, select: Select) -> None:
            """Carry the field."""
            super().__init__()
            self.select = select

        @property
        def control(self) -> Select:
            """The field."""
            return self.select

    def __init__(self, choices: Sequence[tuple[str, object]], value: object, *, id: str) -> None:
        """Offer answers, each with its text and its meaning; begin with the one that means `value`."""
        super().__init__(id=id)
        self.choices = choices
        """The answers."""
        self.set_reactive(Select.chosen, self._index(value))

    @property
    def value(self) -> object:
        """What the answer that is shown means."""
        return self.choices[self.chosen][1]

    @value.setter
    def value(self, value: object) -> None:
        """Show the answer that means this."""
        self.chosen = self._index(value)

    def offer(self, choices: Sequence[tuple[str, object]], value: object) -> None:
        """Offer other answers instead; show the one that means `value`."""
        self.choices = choices
        self.set_reactive(Select.chosen, self._index(value))
        self.watch_chosen()

    def _index(self, value: object) -> int:
        """The index of the answer that means this."""
        return [meaning for _, meaning in self.choices].index(value)

    def watch_chosen(self) -> None:
        """Show the answer, and post that it changed."""
        self.repaint()
        self.post_message(self.Changed(self))

    def notify_style_update(self) -> None:
        """Repaint on another background when the field gets or loses the focus."""
        super().notify_style_update()
        self.repaint()

    def action_turn(self, by: int) -> None:
        """Go to the next answer or the previous one, wrapping around."""
        self.chosen = (self.chosen + by) % len(self.choices)

    def on_key(self, event: Key) -> None:
        """Go to the next answer that begins with the letter."""
        if not (event.character and event.character.isalnum()):
            return
        letter, count = event.character.lower(), len(self.choices)
        following = [(self.chosen + by) % count for by in range(1, count + 1)]
        found = (index for index in following if self.choices[index][0].lower().startswith(letter))
        self.chosen = next(found, self.chosen)
        event.stop()

    def on_click(self, event: Click) -> None:
        """Go to the previous answer if the left arrow was clicked, else to the next."""
        self.action_turn(-1 if event.x < self.gutter.left + 2 else 1)

    def paint(self, width: int, height: int) -> list[Strip]:
        """The answer, its number, and how many there are."""
        arrow, number = self.tone("select--arrow"), f"{self.chosen + 1}/{len(self.choices)}"
        answer = cut(self.choices[self.chosen][0], max(0, width - len(number) - 5))
        line = Line().add("‹ ", arrow).add(answer, PLAIN).add(" ›", arrow)
        return [line.to(width - len(number)).add(number, self.tone("select--dim")).strip(width)]
