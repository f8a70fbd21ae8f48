"""A list, however long, of which one line is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.painted import Painted

Words: TypeAlias = Sequence[tuple[str, Literal["plain", "strong", "dim"]]]
"""A line: pieces of text, each with the way it is drawn."""
MOST = 24
"""The most lines that are shown at once."""
AROUND = 3
"""Lines of the terminal that are left for what surrounds the list."""


class ChoiceList(Painted, can_focus=True):
    """Lines, one of which is chosen; those that aren't on the screen cost nothing.

    Textual's own list wraps all of its lines at every layout: 500 take a quarter of a second.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-list--dim", "choice-list--strong", "choice-list--cursor"}

    cursor: var[int] = var(0)
    """The line that enter chooses."""

    class Chosen(Message):
        """A line was chosen."""

        def __init__(self, index: int) -> None:
            """Carry the line's number, from 0."""
            super().__init__()
            self.index = index

    def __init__(self, lines: Iterable[Words]) -> None:
        """Offer these lines."""
        super().__init__()
        self._choices = [*lines]
        self._top = 0

    def extend(self, lines: Iterable[Words]) -> None:
        """Offer more lines, below the others."""
        before = len(self._choices)
        self._choices.extend(lines)
        if before < MOST:
            self.refresh(layout=True)
        self.repaint()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line per choice, as many as fit within a border and above a hint."""
        return max(1, min(MOST, len(self._choices), viewport.height - AROUND))

    def watch_cursor(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def action_move(self, down: int) -> None:
        """Move the cursor within the list."""
        self.cursor = max(0, min(len(self._choices) - 1, self.cursor + down))

    def action_page(self, down: int) -> None:
        """Move the cursor by as many lines as are shown."""
        self.action_move(down * self.size.height)

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self.action_move(len(self._choices))

    def action_choose(self) -> None:
        """Choose the line under the cursor."""
        if self._choices:
            self.post_message(self.Chosen(self.cursor))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up."""
        self.action_move(-1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down."""
        self.action_move(1)

    def on_click(self, event: Click) -> None:
        """Choose the line under the mouse."""
        offset = event.get_content_offset(self)
        if offset is not None and self._top + offset.y < len(self._choices):
            self.cursor = self._top + offset.y
            self.action_choose()

    def paint(self, width: int, height: int) -> list[Strip]:
        """The lines around the cursor, and how many more there are above and below."""
        count = len(self._choices)
        top = max(self.cursor - height + 1, min(self._top, self.cursor))
        self._top = top = max(0, min(top, count - height))
        end = min(count, top + height)
        above = {top: f" ↑ {top:,} "} if top else {}
        more = above | ({end - 1: f" ↓ {count - end:,} "} if end < count else {})
        return [self._line(index, width, more.get(index, "")) for index in range(top, end)]

    def _line(self, index: int, width: int, more: str) -> Strip:
        """One line, with `more` at its right end."""
        line, room = Line(), width - len(more)
        cursor = self.get_component_rich_style("choice-list--cursor") if index == self.cursor else None
        for text, tone in self._choices[index]:
            style = PLAIN if tone == "plain" else self.tone(f"choice-list--{tone}")
            line.add(cut(text, room - line.width) if line.width < room else "", cursor or style)
        blank = " " * (room - line.width)
        return (
            line.add(blank, cursor or PLAIN).add(more, cursor or self.tone("choice-list--dim")).strip(width)
        )
