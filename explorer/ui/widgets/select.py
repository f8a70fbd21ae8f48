"""A field with a few answers, of which one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.painted import Painted

YES_OR_NO: Final = (("no", False), ("yes", True))
"""The answers to what is so or isn't."""


class Select(Painted, can_focus=True):
    """One answer between two arrows, each of which leads to the next.

    Textual's own is six widgets, one of them a list: a form of six of them took 0.3 s to be seen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Previous", show=False),
        Binding("right,l,space,enter", "turn(1)", "Next", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"select--dim", "select--arrow"}

    chosen: var[int] = var(0)
    """The answer that is shown, from 0."""

    class Changed(Message):
        """Another answer was picked."""

        def __init__(self, pick: Select) -> None:
            """Carry the field."""
            super().__init__()
            self.pick = pick

        @property
        def control(self) -> Select:
            """The field."""
            return self.pick

    def __init__(self, choices: Sequence[tuple[str, object]], value: object, *, id: str) -> None:
        """Offer answers, each as it is shown and what it means; begin with the one that means `value`."""
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
        """Select the answer that means this."""
        self.chosen = self._index(value)

    def _index(self, value: object) -> int:
        """Where the answer is that means this."""
        return [meaning for _, meaning in self.choices].index(value)

    def watch_chosen(self) -> None:
        """Show it, and say so."""
        self.repaint()
        self.post_message(self.Changed(self))

    def notify_style_update(self) -> None:
        """Be painted on another background when the keys come or go."""
        super().notify_style_update()
        self.repaint()

    def action_turn(self, by: int) -> None:
        """The next answer, or the one before, round the end."""
        self.chosen = (self.chosen + by) % len(self.choices)

    def on_click(self, event: Click) -> None:
        """The answer before, where the mouse points at the left arrow; elsewhere the next."""
        offset = event.get_content_offset(self)
        self.action_turn(-1 if offset is not None and offset.x < 2 else 1)

    def paint(self, width: int, height: int) -> list[Strip]:
        """The answer, and which of how many it is."""
        arrow, place = self.tone("select--arrow"), f"{self.chosen + 1}/{len(self.choices)}"
        answer = cut(self.choices[self.chosen][0], max(0, width - len(place) - 5))
        line = Line().add("‹ ", arrow).add(answer, PLAIN).add(" ›", arrow)
        return [line.to(width - len(place)).add(place, self.tone("select--dim")).strip(width)]
