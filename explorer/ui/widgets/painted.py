"""Painting by difference: only the lines that changed are refreshed."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from explorer.ui.base.textual_patches import PatchedWidget
from explorer.ui.widgets.palette import Tint


class Painted(PatchedWidget):
    """A widget that keeps all its lines, and refreshes only those that differ.

    Textual compares nothing: whatever is refreshed, it paints again. So `repaint` builds the lines again,
    compares them with those on the screen and refreshes only the ones that differ. That saves painting time;
    how many bytes are sent depends only on the grid in `explorer.ui.terminal`.

    What a subclass shows depends on `var`s, not on `reactive`s, which would make Textual refresh all of it.
    A subclass's event handler (`on_mount`) doesn't call the one here: Textual calls that of every class.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start with nothing to show."""
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._stale = True
        self._tones: dict[str, Style] = {}
        self.dark = True
        """Whether the theme is dark, as of the latest painting."""
        self.tint: Tint = "colour"
        """Which colours the terminal can show, as of the latest painting."""

    def paint(self, width: int, height: int) -> list[Strip]:
        """All lines for this size, at most `height`; each subclass paints its own data."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Show the data as they are now; while the widget is hidden, only note that they have changed."""
        if not (self.is_mounted and self.display and self.size.area):
            self._stale = True
            return
        before = self._lines
        self._paint()
        rows = max(len(before), len(self._lines))
        changed = [y for y in range(rows) if _row(before, y) != _row(self._lines, y)]
        if len(changed) > self.size.height // 2 and len(changed) == rows:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _paint(self) -> None:
        """Paint all lines for the widget's current size."""
        width, height = self.size
        base = self.rich_style
        self._tones.clear()
        self.dark, self.tint = self.app.current_theme.dark, self._tint()
        self._lines = [_grounded(line, base) for line in self.paint(width, height)[:height]]
        self._stale = False

    def render_line(self, y: int) -> Strip:
        """One of the lines that `paint` returned."""
        return _row(self._lines, y) or Strip.blank(self.size.width, self.rich_style)

    def on_mount(self) -> None:
        """Paint in the new colours whenever the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def prepare(self, resized: bool) -> bool:
        """Paint for a new size, or paint what was missed while the widget was hidden."""
        if not ((resized or self._stale) and self.size.area):
            return False
        self._paint()
        return True

    def _tint(self) -> Tint:
        """Which colours the terminal can show."""
        if self.app.console.color_system is None:
            return "none"
        return "grey" if self.app.no_color else "colour"

    def tone(self, name: str) -> Style:
        """A style of the theme, by the name of one of the widget's component classes."""
        tone = self._tones.get(name)
        if tone is None:
            style = self.get_component_rich_style(name)
            tone = self._tones[name] = Style(color=style.color, bold=style.bold, reverse=style.reverse)
        return tone


def _grounded(line: Strip, base: Style) -> Strip:
    """A line with the widget's own colours wherever it has no background."""
    segments = [
        segment
        if segment.style is not None and segment.style.bgcolor is not None
        else Segment(segment.text, base if segment.style is None else base + segment.style)
        for segment in line
    ]
    return Strip(segments, line.cell_length)


def _row(lines: list[Strip], y: int) -> Strip | None:
    """A line, or None below the last."""
    return lines[y] if y < len(lines) else None
