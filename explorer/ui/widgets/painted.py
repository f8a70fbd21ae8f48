"""Painting by difference: only the lines that changed are sent to the terminal."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.events import Resize, Show
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from explorer.ui.palette import Tint

PLAIN = Style()
"""No colour of its own: the widget's."""


class Line:
    """One line of text while it is put together; neighbours of one style become one segment.

    Merged runs halve the bytes of a heatmap: a style change costs up to 38 bytes in truecolor.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._segments: list[Segment] = []
        self._text: list[str] = []
        self._style: Style = PLAIN
        self.width = 0
        """Cells so far."""

    def add(self, text: str, style: Style = PLAIN) -> Line:
        """Append text of one style."""
        if style is not self._style:
            self._flush()
            self._style = style
        self._text.append(text)
        self.width += len(text) if text.isascii() else cell_len(text)
        return self

    def extend(self, other: Line) -> Line:
        """Append another line, which may be used again."""
        self._flush()
        other._flush()
        self._segments += other._segments
        self.width += other.width
        return self

    def to(self, column: int) -> Line:
        """Append spaces up to a column."""
        return self.add(" " * max(0, column - self.width))

    def strip(self, width: int) -> Strip:
        """The finished line, cut or filled to `width` cells."""
        self._flush()
        return Strip(self._segments, self.width).adjust_cell_length(width)

    def _flush(self) -> None:
        """Close the run of the newest style."""
        if self._text:
            self._segments.append(Segment("".join(self._text), self._style))
            self._text = []


def cut(text: str, room: int) -> str:
    """Text that fits into as many cells, with an ellipsis where it was cut."""
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)).rstrip() + "…"


class Painted(Widget):
    """A widget that knows all its lines, and repaints those that differ.

    Textual keeps no frame of its own: whatever is refreshed is sent again. So `repaint` builds the
    lines anew, compares them with those on the screen and refreshes only the rows in between.

    A subclass's handler of an event (`on_resize`) doesn't call the one here: Textual calls every class's.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start with nothing to show."""
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._stale = True

    def paint(self, width: int, height: int) -> list[Strip]:
        """All lines for this size, at most `height`; a subclass's view of its data."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Show the data as they are now; while nobody can see the widget, only remember to."""
        if not (self.is_mounted and self.display and self.size.area):
            self._stale = True
            return
        self._stale = False
        width, height = self.size
        base = self.rich_style
        lines = [line.apply_style(base) for line in self.paint(width, height)[:height]]
        before, self._lines = self._lines, lines
        rows = max(len(before), len(self._lines))
        changed = [y for y in range(rows) if _row(before, y) != _row(self._lines, y)]
        if len(changed) > height // 2 and len(changed) == rows:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """One line of what `paint` gave."""
        return _row(self._lines, y) or Strip.blank(self.size.width, self.rich_style)

    def on_mount(self) -> None:
        """Paint in the new colours whenever the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def on_resize(self, event: Resize) -> None:
        """Paint for the new size, whole."""
        self._lines = []
        self.repaint()
        self.refresh()

    def on_show(self, event: Show) -> None:
        """Paint what was missed while nobody could see it."""
        if self._stale:
            self.repaint()

    @property
    def dark(self) -> bool:
        """Whether the theme is a dark one."""
        return self.app.current_theme.dark

    @property
    def tint(self) -> Tint:
        """What the terminal shows of colours."""
        if self.app.console.color_system is None:
            return "none"
        return "grey" if self.app.no_color else "colour"

    def tone(self, name: str) -> Style:
        """A style of the theme, by the name of one of the widget's component classes."""
        style = self.get_component_rich_style(name)
        return Style(color=style.color, bold=style.bold)


def _row(lines: list[Strip], y: int) -> Strip | None:
    """A line, or None below the last."""
    return lines[y] if y < len(lines) else None
