"""The confusion matrix: what each class was read as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from explorer.runs.events import Evaluated
from explorer.runs.snapshot import Snapshot
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Chosen
from explorer.ui.views.view import About, View
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import PLAIN, Line, cut

_ACCURACY = 9
_LONGEST_NAME = 12
"""Columns that the name of a class may take at the left of its row."""
_WIDEST, _NARROWEST = 9, 4
"""Columns of a square."""
_REVERSED, _UNDERLINED = Style(reverse=True, bold=True), Style(underline=True)


class _Grid(NamedTuple):
    """Where the squares are; of many classes a page of rows and of columns is shown, that of the cursor."""

    numbered: bool
    """Whether columns have the classes' numbers, and rows both: not all names fit over a square."""
    label: int
    """Columns of the names, at the left."""
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
    rows: range
    """The true classes that are shown."""
    columns: range
    """The classes read as that are shown."""

    def square_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The row and column of the matrix at a position on the widget."""
        row, column = (y - self.top) // self.height, (x - self.left) // self.width
        within = 0 <= row < len(self.rows) and 0 <= column < len(self.columns)
        return (self.rows[row], self.columns[column]) if within else None


class Confusion(View):
    """A row for each true class, of counts by what it was read as, and each class's accuracy."""

    about = About(
        title="confusion",
        tip="confusion matrix: what each class was read as",
        help=(
            "A row is a true class, a column what it was read as: on the diagonal is what was read "
            "correctly. At the right is the share of each class that was."
        ),
        keys=(
            Hint("↑ ↓ ← →", "matrix: the square", "Square", 4),
            Hint("enter", "matrix: show a sample of this square", "Show one", 5),
        ),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("enter", "pick", "Show such a sample", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"confusion--dim", "confusion--strong"}

    class Picked(Message):
        """A sample of this square was asked for."""

        def __init__(self, label: int, predicted: int) -> None:
            """Carry the square."""
            super().__init__()
            self.label = label
            self.predicted = predicted

    notice = "not evaluated yet"
    evaluated: Evaluated | None = None
    _noted: tuple[Evaluated | None, Sequence[str]] = (None, ())
    _names: tuple[str, ...] = ()

    def note(self, snapshot: Snapshot) -> None:
        """Note the newest evaluation."""
        self._noted = snapshot.evaluated, snapshot.shape.classes

    def catch_up(self) -> None:
        """Show the newest evaluation."""
        evaluated, classes = self._noted
        if evaluated is not self.evaluated:
            self.evaluated = evaluated
            count = len(evaluated.confusion) if evaluated else 0
            named = len(classes) == count  # unless the run's file is damaged
            self._names = tuple(printable(classes[index]) if named else f"{index}" for index in range(count))
            self.repaint()

    def clear(self, notice: str) -> None:
        """Show no evaluation: another run is opened, or there is none."""
        self._noted, self.evaluated = (None, ()), None
        super().clear("not evaluated yet")

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor where it is now."""
        if before.square != now.square:
            self.repaint()

    @property
    def cursor(self) -> tuple[int, int]:
        """The true class and what it was read as."""
        row, column = (min(max(0, len(self._names) - 1), one) for one in self.chosen.square)
        return row, column

    def watch_has_focus(self, has_focus: bool) -> None:
        """Paint the cursor as one that the keys move, or don't."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor within the matrix."""
        (row, column), last = self.cursor, max(0, len(self._names) - 1)
        square = (min(last, max(0, row + down)), min(last, max(0, column + right)))
        self._choice.change(square=square)

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
            self._choice.change(square=square)

    def _grid(self, width: int, height: int) -> _Grid:
        """The largest squares that fit, in the middle."""
        classes = max(1, len(self._names))
        longest = max(map(cell_len, self._names), default=1)
        numbered = longest > min(_WIDEST, (width - 6 - _ACCURACY) // classes) - 1
        label = 3 + max(3, min(_LONGEST_NAME, longest) + 3 * numbered)
        room = width - label - _ACCURACY
        wide = max(_NARROWEST, min(_WIDEST, room // classes))
        tall = max(1, min(3, (height - 5) // classes))
        rows, columns = (
            _page(classes, shown, cursor)
            for shown, cursor in zip(((height - 3) // tall, room // wide), self.cursor, strict=True)
        )
        left = max(0, (width - label - len(columns) * wide - _ACCURACY) // 2) + label
        top = max(2, (height - len(rows) * tall - 4) // 2 + 2)
        counts = self.evaluated.confusion if self.evaluated else []
        longest = max((len(f"{count}") for row in counts for count in row), default=1)
        end = wide - max(1, (wide - longest + 1) // 2)
        return _Grid(numbered, label, left, top, wide, tall, end, rows, columns)

    def paint(self, width: int, height: int) -> list[Strip]:
        """Caption, header, a row for each class, the square under the cursor."""
        if self.evaluated is None:
            return [Line().add(f" {self.notice}", self.tone("confusion--dim")).strip(width)]
        grid = self._grid(width, height)
        lines = [Line() for _ in range(max(0, grid.top - 2))]
        lines.append(self._caption(self.evaluated, grid, width))
        lines.append(self._header(grid))
        counts = self.evaluated.confusion
        for row in grid.rows:
            lines.extend(self._row(row, counts[row], grid))
        if len(lines) + 1 < height:
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
        line = Line().to(grid.left - grid.label).add("is↓as→", dim).to(grid.left)
        for predicted in grid.columns:
            name = f"{predicted}" if grid.numbered else self._names[predicted]
            size = cell_len(name)
            start = min(max(0, grid.end - size), grid.width - size)
            text = " " * start + name + " " * (grid.width - start - size)
            line.add(text, strong if predicted == self.cursor[1] else dim)
        return line.add(" right".rjust(_ACCURACY - 1), dim)

    def _row(self, row: int, counts: list[int], grid: _Grid) -> list[Line]:
        """One true class: its counts, coloured by their share, and its accuracy."""
        dim, strong = self.tone("confusion--dim"), self.tone("confusion--strong")
        total = sum(counts)
        middle = (grid.height - 1) // 2
        lines = []
        for part in range(grid.height):
            line = Line().to(grid.left - grid.label)
            name = f"{row:<2} {self._names[row]}" if grid.numbered else self._names[row]
            name = "  " + cut(name, grid.label - 3) if part == middle else ""
            line.add(name, strong if row == self.cursor[0] else dim).to(grid.left)
            for column in grid.columns:
                count = counts[column]
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
        text = f"{self._names[row]} read as {self._names[column]}: {count:,}"
        dim = self.tone("confusion--dim")
        line = Line().to(grid.left).add(text, self.tone("confusion--strong"))
        line.add("   enter: show one" if count else "", dim)
        return line.add(self._which(grid), dim)

    def _which(self, grid: _Grid) -> str:
        """Which classes are shown; empty where all are."""
        classes = len(self._names)
        shown = (grid.rows, grid.columns)
        if all(len(part) == classes for part in shown):
            return ""
        rows, columns = (f"{part[0]}–{part[-1]}" for part in shown)
        return f"   rows {rows}, columns {columns} of {classes} classes"


def _page(classes: int, shown: int, cursor: int) -> range:
    """The page of classes that the cursor is on, if `shown` fit side by side; pages rarely turn."""
    shown = max(1, shown)
    first = cursor // shown * shown
    return range(first, min(classes, first + shown))
