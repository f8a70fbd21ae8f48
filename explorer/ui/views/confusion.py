"""The confusion matrix: what each class was read as."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from explorer.runs.events import Evaluated
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.painted import Painted

_CLASSES = 10
_LABEL = 6
_ACCURACY = 9
_REVERSED, _UNDERLINED = Style(reverse=True, bold=True), Style(underline=True)


class _Grid(NamedTuple):
    """Where the squares are."""

    left: int
    """The column where the first square begins."""
    top: int
    """The line where the first row begins."""
    width: int
    """Columns of a square."""
    height: int
    """Lines of a square."""
    end: int
    """The column of a square before which numbers end: the longest is in the middle, or fills the square."""

    def square_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The row and column of the matrix at a position on the widget."""
        row, column = (y - self.top) // self.height, (x - self.left) // self.width
        return (row, column) if 0 <= row < _CLASSES and 0 <= column < _CLASSES else None


class Confusion(Painted, can_focus=True):
    """Ten rows (the true class) of ten counts (what it was read as), and each class's accuracy."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("enter", "pick", "Show such a sample", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"confusion--dim", "confusion--strong"}

    cursor: var[tuple[int, int]] = var((4, 9))
    """The true class and what it was read as: 4 and 9 are confused more often than most."""

    class Picked(Message):
        """A sample of this square was asked for."""

        def __init__(self, label: int, predicted: int) -> None:
            """Carry the square."""
            super().__init__()
            self.label = label
            self.predicted = predicted

    evaluated: Evaluated | None = None

    def show(self, evaluated: Evaluated | None) -> None:
        """Show an evaluation."""
        if evaluated is not self.evaluated:
            self.evaluated = evaluated
            self.repaint()

    def watch_cursor(self) -> None:
        """Paint the cursor where it is now."""
        self.repaint()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Paint the cursor as one that the keys move, or don't."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor within the matrix."""
        row, column = self.cursor
        self.cursor = (min(9, max(0, row + down)), min(9, max(0, column + right)))

    def action_pick(self) -> None:
        """Ask for a sample of the square under the cursor."""
        self.post_message(self.Picked(*self.cursor))

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse points; a second click there shows such a sample."""
        offset = event.get_content_offset(self)
        square = offset and self._grid(*self.size).square_at(offset.x, offset.y)
        if square:
            if square == self.cursor:
                self.action_pick()
            self.cursor = square

    def _grid(self, width: int, height: int) -> _Grid:
        """The largest squares that fit, in the middle."""
        wide = max(4, min(9, (width - _LABEL - _ACCURACY) // _CLASSES))
        tall = max(1, min(3, (height - 5) // _CLASSES))
        left = max(0, (width - _LABEL - _CLASSES * wide - _ACCURACY) // 2) + _LABEL
        top = max(2, (height - _CLASSES * tall - 4) // 2 + 2)
        counts = self.evaluated.confusion if self.evaluated else []
        longest = max((len(f"{count}") for row in counts for count in row), default=1)
        return _Grid(left, top, wide, tall, wide - max(1, (wide - longest + 1) // 2))

    def paint(self, width: int, height: int) -> list[Strip]:
        """Caption, header, ten rows, the square under the cursor."""
        if self.evaluated is None:
            return [Line().add(" not evaluated yet", self.tone("confusion--dim")).strip(width)]
        grid = self._grid(width, height)
        lines = [Line() for _ in range(max(0, grid.top - 2))]
        lines.append(self._caption(self.evaluated, grid, width))
        lines.append(self._header(grid))
        counts = self.evaluated.confusion
        for row in range(_CLASSES):
            lines.extend(self._row(row, counts[row], grid))
        lines.append(Line())
        lines.append(self._named(grid))
        return [line.strip(width) for line in lines]

    def _caption(self, evaluated: Evaluated, grid: _Grid, width: int) -> Line:
        """Which samples were read, with which weights, and how well: the fullest form that fits."""
        which = f"all {evaluated.samples:,}" if evaluated.whole else f"first {evaluated.samples:,}"
        when = f"evaluated at step {evaluated.step:,}"
        epoch = f" (epoch {evaluated.epoch})" if evaluated.whole and evaluated.epoch else ""
        result = f": {evaluated.accuracy:.2%}"
        forms = (
            f"{which} test samples, {when}{epoch}{result}",
            f"{which} test samples, {when}{result}",
            f"{which}, {when}{result}",
        )
        text = next((form for form in forms if len(form) < width), forms[-1])
        return Line().to(min(grid.left, max(0, width - len(text) - 1))).add(text, self.tone("confusion--dim"))

    def _header(self, grid: _Grid) -> Line:
        """Which class each column is."""
        dim, strong = self.tone("confusion--dim"), self.tone("confusion--strong")
        line = Line().to(grid.left - _LABEL).add("is↓as→"[:_LABEL], dim)
        for predicted in range(_CLASSES):
            text = f"{predicted}".rjust(grid.end).ljust(grid.width)
            line.add(text, strong if predicted == self.cursor[1] else dim)
        return line.add(" right".rjust(_ACCURACY - 1), dim)

    def _row(self, row: int, counts: list[int], grid: _Grid) -> list[Line]:
        """One true class: its counts, coloured by their share, and its accuracy."""
        dim, strong = self.tone("confusion--dim"), self.tone("confusion--strong")
        total = sum(counts)
        middle = (grid.height - 1) // 2
        lines = []
        for part in range(grid.height):
            line = Line().to(grid.left - _LABEL)
            name = f"  {row}   " if part == middle else ""
            line.add(name.ljust(_LABEL), strong if row == self.cursor[0] else dim)
            for column, count in enumerate(counts):
                style = palette.on(palette.counts(self.dark)[palette.count_level(count, total)])
                text = (f"{count}" if count else "·") if part == middle else ""
                start, marked = max(0, grid.end - len(text)), style
                if text and (row, column) == self.cursor:
                    text, start, marked = self._marked(text, start, grid, style)
                line.add(" " * start, style).add(text, marked)
                line.add(" " * (grid.width - start - len(text)), style)
            if part == middle:
                line.add(f"{counts[row] / total:.1%}".rjust(_ACCURACY - 1) if total else "–", PLAIN)
            lines.append(line)
        return lines

    def _marked(self, text: str, start: int, grid: _Grid, style: Style) -> tuple[str, int, Style]:
        """The number under the cursor, where it begins and how it is drawn: the square's colour stays.

        While the keys move the cursor, it is reversed, with a blank on each side where that leaves some of
        the colour; else it is underlined.
        """
        if not self.has_focus:
            return text, start, style + _UNDERLINED
        left, right = start >= 2, start + len(text) < grid.width
        return " " * left + text + " " * right, start - left, style + _REVERSED

    def _named(self, grid: _Grid) -> Line:
        """The square under the cursor in words."""
        row, column = self.cursor
        count = self.evaluated.confusion[row][column] if self.evaluated else 0
        line = Line().to(grid.left).add(f"{row} read as {column}: {count:,}", self.tone("confusion--strong"))
        return line.add("   enter: show one" if count else "", self.tone("confusion--dim"))
