"""One hidden unit under the lens: what it keeps, writes and shows over time, and what that adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import ClassVar, Final

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.strip import Strip

from explorer.drawing.colours import colours_of
from explorer.protocol.probes import undivided
from explorer.protocol.questions import Answer, Question
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.keys import Hint
from explorer.ui.views import unit_words as words
from explorer.ui.views.choice import Chosen
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.rows import Rows
from explorer.ui.views.unit_data import OneUnit
from explorer.ui.views.unit_plot import Plot
from explorer.ui.views.view import About
from explorer.ui.widgets.line import PLAIN, Line, cut

TALL: Final = 16
"""Lines from which the half-life has a line of its own, where it doesn't always fit behind what is kept."""


class Unit(OverTime):
    """The unit under the cursor, over all timesteps; the cursor is the timestep, and the unit."""

    about = About(
        title="unit",
        tip="what one hidden unit keeps, writes and votes for",
        help=(
            "The unit under the cursor of the gates; time runs to the right. Above: what it kept of its "
            "memory (f·c), what it wrote (i·g), and their sum, the memory c. Below: the output gate o and"
            " the output h. A GRU keeps z·h and writes (1−z)·n; a plain RNN has no such sum, and its h "
            "alone is shown. The equation has the numbers of the cursor's timestep. Less than 0.1 is "
            "little, 0.5 or more is much. The half-life is how long a half of its memory would last if "
            "nothing were written. Its vote for a class is the head's weight times h; , and . choose a "
            "class that is named in any case."
        ),
        equation="c(t) = f(t)·c(t−1) + i(t)·g(t)        half-life = ln ½ / mean ln f        vote = W h(t)",
        keys=(
            Hint("↑ ↓", "unit: the timestep, as in the gates", "Timestep", 4),
            Hint("← →", "unit: the unit before, the next one", "Unit", 5),
            Hint("escape", "unit: back to the gates", "Gates", 18),
        ),
        shows_sample=True,
        shows_class=True,
        smallest=(24, 8),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "across(-1)", "Unit before", show=False),
        Binding("right,l", "across(1)", "Next unit", show=False),
        Binding("escape", "screen.view('gates')", "Gates", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"unit--chosen", "unit--dim", "unit--title", "unit--cursor"}

    one: OneUnit | None = None
    _hidden: int | None = None
    """Units of the run's cell; None: not known yet."""
    _undivided = ""
    """Why the memory of its cell has no parts; empty: it has."""
    _plot: Plot | None = None

    @property
    def unit(self) -> int:
        """The unit under the cursor."""
        return self.chosen.unit if self._hidden is None else min(self.chosen.unit, self._hidden - 1)

    def needs(self) -> tuple[Question, ...]:
        """All about the unit; the answer holds every timestep."""
        return (Question("unit", {"unit": self.unit}),)

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show a unit."""
        self.one, self.notice = OneUnit(answers["unit"]), ""
        self.note_below(f"step {self.one.step:,}")
        self.repaint()

    def note(self, snapshot: Snapshot) -> None:
        """Note how many units there are, and whether their memory has parts."""
        self._hidden, self._undivided = snapshot.config.hidden, undivided(snapshot.config.cell)

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor where it is now."""
        shown = attrgetter("timestep", "unread", "class_number")
        if shown(before) != shown(now):
            self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.one = None
        self.note_below("")
        super().clear(notice)

    @property
    def timesteps(self) -> int:
        """T of the sample."""
        return self.one.timesteps if self.one else 0

    @property
    def rows(self) -> Rows | None:
        """None: time runs to the right, and all timesteps are shown."""
        return None

    def action_across(self, by: int) -> None:
        """Look at the next unit, or the one before, as they stand in the gates."""
        if self._hidden is not None:
            self._choice.change(unit=self.chosen.order.beside(self.unit, by, self._hidden))

    def on_click(self, event: Click) -> None:
        """Put the cursor on the timestep under the mouse."""
        offset = event.get_content_offset(self)
        if offset and self._plot and (timestep := self._plot.at(offset.x, offset.y)) is not None:
            self._choice.change(timestep=timestep)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The curves with their names and values, and below them what that adds up to."""
        one, timestep = self.one, self.timestep
        if one is None:
            return self.said(width, self.tone("unit--dim"))
        apart = height >= TALL and not words.fits(one, width)
        drawn = one, (width, height - 3 - apart), self.seen
        if self._plot is None or (self._plot.one, self._plot.size, self._plot.seen) != drawn:
            self._plot = Plot(*drawn)
        lines = self._plot.lines(timestep, self._style)
        lines.append(Line().add(words.equation(one, timestep, width)))
        said = [words.about(one, timestep, width, self.chosen.unread, self._undivided)]
        if apart:
            said = [words.keeps(one, timestep), "" if self.chosen.unread else words.fades(one)]
        lines += [Line().add(cut(text, width), self.tone("unit--dim")) for text in said]
        lines.append(self._votes(one, width))
        weights = f"weights of step {one.step:,}"
        for line in lines[: -len(said) - 3 : -1]:
            if line.width + 2 + len(weights) <= width:
                line.to(width - len(weights)).add(weights, self.tone("unit--dim"))
                break
        return [line.strip(width) for line in lines]

    def _votes(self, one: OneUnit, width: int) -> Line:
        """What it votes for; or why there is nothing newer."""
        line, dim = Line(), self.tone("unit--dim")
        if self.notice:
            return line.add(cut(self.notice, width), dim)
        for text, asked in words.votes(one, self.timestep, width, self.chosen.class_number):
            line.add(text, self.tone("unit--chosen") if asked else dim)
        return line

    def _style(self, part: str) -> Style:
        """The style of a part of the plot: of an activation, or of a mark, which begins with `-`."""
        if part.startswith("-"):
            return self.tone(f"unit-{part}")
        if self.one is None or self.tint != "colour":
            return PLAIN
        colour = colours_of(self.one.activations, self.one.state)[part]
        return Style(color=colour.light if self.dark else colour.line)
