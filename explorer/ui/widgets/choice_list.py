"""A list, however long, of which one line is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.ui.widgets.line import PLAIN, Line, cut
from explorer.ui.widgets.painted import Painted
from explorer.ui.widgets.room import room_for

Words: TypeAlias = Sequence[tuple[str, Literal["plain", "strong", "dim"]]]
"""A line: pieces of text, each with the way it is drawn."""
Choice: TypeAlias = Words | Callable[[int], Words]
"""What stands on a line: words, or how to make them for a number of cells."""
MOST = 24
"""The most lines that are shown at once."""


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

    class Marked(Message):
        """A line was clicked at with another button, or with ctrl: the cursor is there."""

    class HeadClicked(Message):
        """The heading was clicked at."""

        def __init__(self, x: int, width: int) -> None:
            """Carry the cell of the line, and how many cells that has."""
            super().__init__()
            self.x, self.width = x, width

    def __init__(self, lines: Iterable[Choice], head: Choice | None = None, cursor: int = 0) -> None:
        """Offer these lines.

        Args:
            lines: what can be chosen.
            head: a heading, which stays in view and can't be chosen.
            cursor: the line to begin at.
        """
        super().__init__()
        self._choices = [*lines]
        self._head = head
        self._top = 0
        self.set_reactive(ChoiceList.cursor, cursor)

    @property
    def _above(self) -> int:
        """Lines above the first that can be chosen."""
        return 0 if self._head is None else 1

    def extend(self, lines: Iterable[Choice]) -> None:
        """Offer more lines, below the others."""
        self.replace([*self._choices, *lines])

    def replace(self, lines: Iterable[Choice]) -> None:
        """Offer these lines instead, with the cursor where it was."""
        before, self._choices = len(self._choices), [*lines]
        self.cursor = max(0, min(self.cursor, len(self._choices) - 1))
        if min(MOST, before) != min(MOST, len(self._choices)):
            self.refresh(layout=True)
        self.repaint()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line per choice, as many as fit, and the heading."""
        room = room_for(self, container, viewport, width) - self._above
        return self._above + max(1, min(MOST, len(self._choices), room))

    def watch_cursor(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def action_move(self, down: int) -> None:
        """Move the cursor within the list."""
        self.cursor = max(0, min(len(self._choices) - 1, self.cursor + down))

    def action_page(self, down: int) -> None:
        """Move the cursor by as many lines as are shown."""
        self.action_move(down * max(1, self.size.height - self._above))

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
        """Choose the line under the mouse, or mark it; the heading can only be clicked at."""
        offset = event.get_content_offset(self)
        line = -1 if offset is None else offset.y - self._above
        if 0 <= line < len(self._choices) - self._top:
            self.cursor = self._top + line
            if event.button != 1 or event.ctrl:
                self.post_message(self.Marked())
            else:
                self.action_choose()
        elif offset is not None and offset.y < self._above:
            self.post_message(self.HeadClicked(offset.x, self.size.width))

    def paint(self, width: int, height: int) -> list[Strip]:
        """The heading, the lines around the cursor, and how many more there are above and below."""
        count, height = len(self._choices), height - self._above
        top = max(self.cursor - height + 1, min(self._top, self.cursor))
        self._top = top = max(0, min(top, count - height))
        end = min(count, top + height)
        above = {top: f" ↑ {top:,} "} if top else {}
        more = above | ({end - 1: f" ↓ {count - end:,} "} if end < count else {})
        head = [] if self._head is None else [self._line(self._head, False, width, "")]
        lines = (
            (self._choices[index], index == self.cursor, more.get(index, "")) for index in range(top, end)
        )
        return head + [self._line(choice, here, width, counted) for choice, here, counted in lines]

    def _line(self, choice: Choice, here: bool, width: int, more: str) -> Strip:
        """One line, with `more` at its right end; the cursor may be `here`."""
        line, room = Line(), width - len(more)
        cursor = self.get_component_rich_style("choice-list--cursor") if here else None
        for text, tone in choice(width) if callable(choice) else choice:
            style = PLAIN if tone == "plain" else self.tone(f"choice-list--{tone}")
            line.add(cut(text, room - line.width) if line.width < room else "", cursor or style)
        blank = " " * (room - line.width)
        return (
            line.add(blank, cursor or PLAIN).add(more, cursor or self.tone("choice-list--dim")).strip(width)
        )
