"""The confusion matrix: what each class was read as; under an intervention, with and without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

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
from explorer.ui.views import matrix_words as words
from explorer.ui.views.choice import Chosen, within
from explorer.ui.views.evaluations import Evaluation, Evaluations, whole
from explorer.ui.views.matrix_grid import ACCURACY, Grid, fit
from explorer.ui.views.matrix_sheet import WAYS, Sheet, Way, counts, difference
from explorer.ui.views.view import About, View
from explorer.ui.views.wishes import Said, Unwanted
from explorer.ui.widgets.line import PLAIN, Line, cut, wrapped

OWN: Final = "these are the run's own evaluations; E evaluates under an intervention, or at another moment"
"""What is said where there is nothing to evaluate."""
SETTLED: Final = "this is evaluated already, and the weights of a kept step don't change"
"""What is said where evaluating again would find the same."""
ONE: Final = "there is nothing to compare yet: with and without are shown once both are evaluated"
"""What is said where there is one matrix alone."""
_REVERSED, _UNDERLINED = Style(reverse=True, bold=True), Style(underline=True)


class Confusion(View):
    """A row for each true class, of counts by what it was read as, and each class's accuracy."""

    about = About(
        title="confusion",
        tip="confusion matrix: what each class was read as",
        help=(
            "A row is a true class, a column what it was read as: on the diagonal is what was read "
            "correctly. At the right is the share of each class that was. Under an intervention, or at "
            "another moment, E evaluates the whole test set; then w shows it with, without, and the "
            "difference: how many more were read so with it."
        ),
        keys=(
            Hint("↑ ↓ ← →", "matrix: the square", "Square", 4),
            Hint("enter", "matrix: the samples of this square", "Samples", 5),
            Hint("E", "matrix: evaluate as chosen; again, or esc: don't", "Evaluate", 5),
            Hint("w", "matrix: with, without, the difference", "Compare", 7),
        ),
        export="evaluation",
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("enter", "pick", "Show its samples", show=False),
        Binding("E", "evaluate", "Evaluate", show=False),
        Binding("escape", "give_up", "Don't evaluate", show=False),
        Binding("w", "turn", "With, without, difference", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"confusion--dim", "confusion--strong"}

    class Picked(Message):
        """The samples of the chosen square are to be shown."""

    class Wanted(Message):
        """The test set should be evaluated as chosen; or no longer, if it is being evaluated."""

    notice = "not evaluated yet"
    evaluated: Evaluated | None = None
    _noted: tuple[Evaluated | None, Sequence[str], int] = (None, (), 0)
    _ended = 0
    """The epoch at whose end `evaluated` was made; 0: within one."""
    _known = Evaluations()
    _way: Way = "with"
    _sheet: Sheet | None = None
    _names: tuple[str, ...] = ()

    def note(self, snapshot: Snapshot) -> None:
        """Note the newest evaluation."""
        ended = snapshot.epoch_after(snapshot.evaluated) if snapshot.evaluated else 0
        self._noted = snapshot.evaluated, snapshot.shape.classes, ended

    def catch_up(self) -> None:
        """Show the newest evaluation."""
        evaluated, _, ended = self._noted
        if evaluated is not self.evaluated:
            self.evaluated, self._ended = evaluated, ended
            self._lay_out()

    def compare(self, known: Evaluations) -> None:
        """Show what is known under the selection that is chosen."""
        before, self._known = self._offered, known
        if self._offered != before:
            self.post_message(self.KeysChanged())
        self._lay_out()

    @property
    def _offered(self) -> dict[str, bool]:
        """Which of its keys do something only at times, and whether now."""
        known = self._known
        return {"E": not (known.own or known.settled), "w": known.plain is not None}

    def offers(self, key: str) -> bool:
        """Whether a key of its own does something now."""
        return self._offered.get(key, True)

    def clear(self, notice: str) -> None:
        """Show no evaluation: another run is opened, or there is none."""
        self._noted, self.evaluated = (None, (), 0), None
        self._known, self._sheet = Evaluations(whole(self.chosen.selection)), None
        super().clear("not evaluated yet")

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor where it is now."""
        if before.square != now.square:
            self.repaint()

    def _lay_out(self) -> None:
        """Lay out the numbers that are shown, and paint them."""
        chosen, plain = self._known.chosen, self._known.plain
        if self._known.own:
            self._sheet = counts(Evaluation.recorded(self.evaluated)) if self.evaluated else None
        elif chosen is None:
            self._sheet = None
        elif plain is None or self._way == "with":
            self._sheet = counts(chosen)
        else:
            self._sheet = counts(plain) if self._way == "without" else difference(chosen, plain)
        count, classes = len(self._sheet.numbers) if self._sheet else 0, self._noted[1]
        named = len(classes) == count  # unless the run's file is damaged
        self._names = tuple(printable(classes[index]) if named else f"{index}" for index in range(count))
        self.repaint()

    @property
    def cursor(self) -> tuple[int, int]:
        """The true class and what it was read as."""
        return within(self.chosen.square, len(self._names))

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
        """Ask for the samples of the square under the cursor."""
        self._choice.change(opened=self.cursor)
        self.post_message(self.Picked())

    def action_evaluate(self) -> None:
        """Ask for the test set to be evaluated as chosen, or no longer."""
        if self._known.own:
            self.post_message(Said(OWN))
        elif self._known.settled:
            self.post_message(Said(SETTLED))
        else:
            self.post_message(self.Wanted())

    def action_give_up(self) -> None:
        """Ask for nothing to be evaluated any more."""
        self.post_message(Unwanted())

    def action_turn(self) -> None:
        """Show with, without, the difference: the next of them."""
        if self._known.plain is None:
            self.post_message(Said(ONE))
            return
        self._way = self._next_way
        self._lay_out()

    @property
    def _next_way(self) -> Way:
        """What w shows next."""
        return WAYS[(WAYS.index(self._way) + 1) % len(WAYS)]

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse points; a second click there shows its samples."""
        offset = event.get_content_offset(self)
        square = offset and self._grid(*self.size).square_at(offset.x, offset.y)
        if square:
            if square == self.cursor:
                self.action_pick()
            self._choice.change(square=square)

    def _grid(self, width: int, height: int) -> Grid:
        """The largest squares that fit, in the middle."""
        sheet = self._sheet
        return fit(self._names, sheet.longest if sheet else 1, self.cursor, width, height)

    def picture(self, width: int, height: int) -> list[Strip]:
        """Caption, header, a row for each class, the square under the cursor."""
        if self._sheet is None:
            return [line.strip(width) for line in self._missing(width)]
        grid = self._grid(width, height)
        lines = [Line() for _ in range(max(0, grid.top - 2))]
        lines.append(self._caption(grid, width))
        lines.append(self._header(grid))
        for row in grid.rows:
            lines.extend(self._row(row, self._sheet, grid))
        if len(lines) + 1 < height:
            lines.append(Line())
        lines.append(self._named(grid, width))
        return [line.strip(width) for line in lines]

    def _missing(self, width: int) -> list[Line]:
        """Why there is no matrix; where it has to be asked for, of what it would be, and the key."""
        dim, progress = self.tone("confusion--dim"), self._known.progress
        if self._known.own:
            return [Line().add(f" {self.notice}", dim)]
        here = "E" if self.has_focus else "E, with the focus here"
        said = f"not evaluated yet; {here}: evaluate the test set"
        if progress is not None:
            said = f"{words.going_on(progress)}   esc: don't"
        lines = [line for text in (words.under(self._known.about), said) for line in wrapped(text, width - 2)]
        return [Line().add(f" {line}", dim) for line in lines]

    def _caption(self, grid: Grid, width: int) -> Line:
        """Which samples were read, with which weights, and how well."""
        text, room = "", width - 1
        if self._known.own and self.evaluated is not None:
            text = words.recorded(self.evaluated, self._ended, room)
        elif self._known.chosen is not None:
            text = words.compared(self._known, self._known.chosen, self._way, room)
        start = min(grid.left, max(0, width - cell_len(text) - 1))
        return Line().to(start).add(text, self.tone("confusion--dim"))

    def _header(self, grid: Grid) -> Line:
        """Which class each column is."""
        dim, strong = self.tone("confusion--dim"), self.tone("confusion--strong")
        line = Line().to(grid.left - grid.label).add("is↓as→", dim).to(grid.left)
        for predicted in grid.columns:
            name = f"{predicted}" if grid.numbered else self._names[predicted]
            size = cell_len(name)
            start = min(max(0, grid.end - size), grid.width - size)
            text = " " * start + name + " " * (grid.width - start - size)
            line.add(text, strong if predicted == self.cursor[1] else dim)
        return line.add(" right".rjust(ACCURACY - 1), dim)

    def _row(self, row: int, sheet: Sheet, grid: Grid) -> list[Line]:
        """One true class: its numbers, coloured by their share, and its accuracy."""
        dim, strong = self.tone("confusion--dim"), self.tone("confusion--strong")
        middle = (grid.height - 1) // 2
        lines = []
        for part in range(grid.height):
            line = Line().to(grid.left - grid.label)
            name = f"{row:<2} {self._names[row]}" if grid.numbered else self._names[row]
            name = "  " + cut(name, grid.label - 3) if part == middle else ""
            line.add(name, strong if row == self.cursor[0] else dim).to(grid.left)
            for column in grid.columns:
                style = sheet.style(row, column, self.dark)
                text = sheet.text(row, column, grid.width) if part == middle else ""
                start, marked = max(0, grid.end - len(text)), style
                if text and (row, column) == self.cursor:
                    text, start, marked = self._marked(text, start, grid, style)
                line.add(" " * start, style).add(text, marked)
                line.add(" " * (grid.width - start - len(text)), style)
            if part == middle:
                line.add(sheet.right(row).rjust(ACCURACY - 1), PLAIN)
            lines.append(line)
        return lines

    def _marked(self, text: str, start: int, grid: Grid, style: Style) -> tuple[str, int, Style]:
        """The number under the cursor, where it begins and how it is drawn: the square's colour stays.

        While the keys move the cursor, it is reversed, with a blank on each side where that leaves some of
        the colour; else it is underlined.
        """
        if not self.has_focus:
            return text, start, style + _UNDERLINED
        left, right = start >= 2, start + len(text) < grid.width
        return " " * left + text + " " * right, start - left, style + _REVERSED

    def _named(self, grid: Grid, width: int) -> Line:
        """The square under the cursor in words; then what is being evaluated, or what a key shows."""
        (row, column), known = self.cursor, self._known
        shown = self.evaluated if known.own else known.chosen
        count = shown.confusion[row][column] if shown else 0
        against = f" (without: {known.plain.confusion[row][column]:,})" if known.plain else ""
        hints = ["enter: its samples"] if count and known.own else [""]
        if hints[0] and self.evaluated and not self.evaluated.whole:
            hints.insert(0, "enter: its samples among all test samples")
        if known.progress is not None:
            hints = [words.going_on(known.progress)]
        elif known.plain is not None:
            hints = [f"w: {self._next_way}"]
        forms = [f"   {hint}" if hint else "" for hint in hints]
        forms = [*(form + self._which(grid) for form in forms), *forms]
        names = self._names[row], self._names[column]
        text, hint = words.square(*names, f"{count:,}{against}", forms, width - 2)
        line = Line().to(max(1, min(grid.left, width - 1 - cell_len(text + hint))))
        return line.add(text, self.tone("confusion--strong")).add(hint, self.tone("confusion--dim"))

    def _which(self, grid: Grid) -> str:
        """Which classes are shown; empty where all are."""
        classes = len(self._names)
        shown = (grid.rows, grid.columns)
        if all(len(part) == classes for part in shown):
            return ""
        rows, columns = (f"{part[0]}–{part[-1]}" for part in shown)
        return f"   rows {rows}, columns {columns} of {classes} classes"
