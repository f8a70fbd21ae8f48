"""What the network would answer after each timestep: a column a class, on the same lines as the gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.events import Click
from textual.reactive import var
from textual.strip import Strip

from explorer.protocol.questions import Answer, Question
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views.belief_data import Beliefs
from explorer.ui.views.belief_words import WORDS, below, beside
from explorer.ui.views.choice import Chosen
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.view import About
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line

BESIDE: Final = 44
"""Columns from which the words stand beside the map instead of below it."""
WIDEST: Final = 6
"""Columns of one class at most."""


class Belief(OverTime):
    """The share of each class after each timestep; the cursor is the timestep."""

    about = About(
        title="belief",
        tip="what it would answer after each timestep",
        help=(
            "The network's answer if the sample ended there: the head applied to h after every timestep, a "
            "column a class, on the lines of the gates. The line at the right begins where the answer no "
            "longer changes. The head was trained on the last timestep alone, so an early belief is what it "
            "would say, and often confidently wrong, not what it knows. b asks another way: every later "
            "timestep is read blank, to the end, where the head was trained to answer. The name of the class "
            "that it was read as is bold. , and . or a click choose a class, whose name is reversed: a "
            "explains it, o orders the units by their vote for it, the lens shows that vote. It stays from "
            "sample to sample; escape, or a click on its name, goes back to the one that is read."
        ),
        equation="belief(t) = softmax(W h(t) + b)",
        keys=(Hint("↑ ↓", "belief: the timestep, as in the gates", "Timestep", 4),),
        shows_sample=True,
        shows_class=True,
        smallest=(12, 6),
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "belief--chosen",
        "belief--dim",
        "belief--strong",
        "belief--cursor",
        "belief--right",
        "belief--wrong",
    }

    blanked: var[bool] = var(False)
    """Whether every later timestep is read blank."""
    beliefs: Beliefs | None = None

    def needs(self) -> tuple[Question, ...]:
        """The share of each class over time."""
        return (Question("belief", {"blanked": True} if self.blanked else {}),)

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show a belief."""
        self.beliefs, self.notice = Beliefs(answers["belief"]), ""
        blank = ", blanked" if self.beliefs.blanked else ""
        self.note_below(f"step {self.beliefs.step:,}{blank}")
        self.repaint()

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor, and the timesteps that the gates show now."""
        self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.beliefs = None
        self.note_below("")
        super().clear(notice)

    @property
    def timesteps(self) -> int:
        """T of the sample."""
        return self.beliefs.timesteps if self.beliefs else 0

    @property
    def room(self) -> int:
        """The lines below the names of the classes, but for those of the words."""
        return super().room - (0 if self.size.width >= BESIDE else 3)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The classes, a line for one or two timesteps, and in words what it believes at the cursor."""
        rows = self.page()
        if self.beliefs is None or rows is None:
            return self.said(width, self.tone("belief--dim"))
        words = WORDS if width >= BESIDE else 0
        shown, cell = self._columns(width)
        lines = [Line() for _ in range(rows.top - 1)] + [self._header(shown, cell)]
        lines += [self._line(rows, number, shown, cell) for number in range(rows.lines)]
        lines += [Line() for _ in range(height - len(lines))]
        about = self.beliefs, self.timestep, self.notice, self.tone, self.chosen.unread, self._number
        if words:
            for line, said in zip(lines[1:], beside(*about), strict=False):
                line.to(width - words).extend(said)
        else:
            for line, said in zip(lines[rows.top + rows.lines :], below(*about, width - 1), strict=False):
                line.add(" ").extend(said)
        return [line.strip(width) for line in lines]

    def _columns(self, width: int) -> tuple[list[int], int]:
        """The classes that have a column in a view of this width, and how wide each is."""
        assert self.beliefs is not None
        room = width - 2 - (WORDS if width >= BESIDE else 0)
        shown = self.beliefs.columns(room, self._number)
        return shown, min(WIDEST, room // len(shown))

    @property
    def _number(self) -> int | None:
        """The class under the cursor; None: none of these is."""
        number = self.chosen.class_number
        return number if self.beliefs and number is not None and number < self.beliefs.count else None

    def _class_at(self, x: int) -> int | None:
        """The class whose column is there."""
        shown, cell = self._columns(self.size.width) if self.beliefs else ([], 1)
        column = (x - 1) // cell
        return shown[column] if 0 <= column < len(shown) else None

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position: a timestep, and in a column a class."""
        spot = super().spot(x, y)
        return spot and Spot(spot.timestep, spot.unit, self._class_at(x))

    def on_click(self, event: Click) -> None:
        """Choose the class whose name is clicked; or, where it is chosen, none."""
        rows, offset = self.rows, event.get_content_offset(self)
        if rows and offset and offset.y == rows.top - 1:
            number = self._class_at(offset.x)
            if number is not None:
                self._choice.change(class_number=None if number == self._number else number)

    def _header(self, shown: list[int], cell: int) -> Line:
        """The names of the classes, or as much of each as fits."""
        assert self.beliefs is not None
        unread, line = self.chosen.unread, Line().add(" ")
        names = [printable(self.beliefs.classes[k]) for k in shown]
        whole = all(cell_len(name) < cell or (cell == 1 and cell_len(name) == 1) for name in names)
        for k, name in zip(shown, names, strict=True):
            text = name if whole else f"{k}"[-cell:]
            strong = k == (self.beliefs.guesses(self.timestep)[0][0] if unread else self.beliefs.predicted)
            tone = "chosen" if k == self._number else "strong" if strong else "dim"
            line.add(text, self.tone(f"belief--{tone}"))
            line.add(" " * (cell - cell_len(text)))
        return line

    def _line(self, rows: Rows, number: int, shown: list[int], cell: int) -> Line:
        """One line of the map: one timestep, or two as half-blocks; at its right, whether it is decided."""
        beliefs = self.beliefs
        assert beliefs is not None
        line = Line().add(rows.mark(number, self.timestep), self.tone("belief--cursor"))
        upper = rows.first + number * rows.per_line
        if upper >= min(self.seen, beliefs.timesteps):
            return line
        pairs = palette.pairs("unit", self.dark, self.tint)

        def levels(timestep: int) -> list[int]:
            row = beliefs.row(timestep)
            return [palette.level(row[k], 0.0, 1.0, len(pairs)) for k in shown]

        line.cells(one for one in rows.cells(number, pairs, levels, self.seen) for _ in range(cell))
        decided = beliefs.decided_at - 1  # from 0
        if decided <= upper + rows.per_line - 1 and not self.chosen.unread:
            right = beliefs.label in (None, beliefs.predicted)
            tone = self.tone("belief--right" if right else "belief--wrong")
            line.add("│" if decided <= upper else "╷", tone)
        return line

    def watch_blanked(self) -> None:
        """Ask the other way."""
        self._choice.touch()
