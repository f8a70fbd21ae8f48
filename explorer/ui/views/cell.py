"""The cell as a drawing: what it computes, and the numbers on its wires at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.strip import Strip

from explorer.drawing.colours import Colour, colours_of
from explorer.drawing.plan import Plan
from explorer.drawing.reading import read_values
from explorer.drawing.table import plan_of
from explorer.protocol.questions import Answer, Question
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.keys import Hint
from explorer.ui.views.activations import Activations
from explorer.ui.views.cell_lines import Look, picture
from explorer.ui.views.choice import Chosen
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.rows import Rows
from explorer.ui.views.view import About
from explorer.ui.widgets.line import PLAIN

UNSAID = "the run doesn't say what its cell computes; it was trained by an older gatescope"


class Cell(OverTime):
    """The drawing of the run's cell; the cursor is a timestep and a unit."""

    about = About(
        title="cell",
        tip="the cell, drawn, with its numbers",
        help=(
            "What one timestep computes. The state comes in at the left, the new one goes out at the right; "
            "[σ] and [tanh] are applied to every unit, (×) and (+) combine two values unit by unit, [W_hh] "
            "and [W_ih] multiply with a matrix and add its bias. The numbers are those of the unit and the "
            "timestep under the cursor, each in the colour of its activation; u shows the mean over all "
            "units. Before the first timestep, the state is 0."
        ),
        keys=(
            Hint("↑ ↓", "cell: the timestep, as in the gates", "Timestep", 4),
            Hint("← →", "cell: the unit, as in the gates", "Unit", 5),
            Hint("u", "cell: one unit, or the mean over all", "One/all", 12),
        ),
        shows_sample=True,
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "across(-1)", "Unit left", show=False),
        Binding("right,l", "across(1)", "Unit right", show=False),
        Binding("u", "pool", "One unit / mean of all", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"cell--dim", "cell--strong"}

    pooled: var[bool] = var(False)
    """Whether the numbers are means over all units."""
    plan: Plan | None = None
    read: Activations | None = None
    _answer: Answer | None = None
    _cell: tuple[object, ...] = ()
    _colours: Mapping[str, Colour] = {}

    def needs(self) -> tuple[Question, ...]:
        """Every activation: the question of the gates."""
        return (Question("activations"),)

    def note(self, snapshot: Snapshot) -> None:
        """Note which cell it is."""
        cell = (snapshot.config.cell, snapshot.operations, snapshot.equations, snapshot.activations)
        if cell == self._cell:
            return
        self._cell, self.plan = cell, plan_of(*cell[:3])
        state = self.plan.state if self.plan else ()
        self._colours = colours_of([one.name for one in snapshot.activations], state)
        self.repaint()

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show the numbers of an answer."""
        self.read, self._answer, self.notice = Activations(answers["activations"]), answers["activations"], ""
        self.repaint()

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Show the numbers under the cursor."""
        if (before.timestep, before.unit) != (now.timestep, now.unit):
            self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.plan = self.read = self._answer = None
        self._cell = ()
        super().clear(notice)

    @property
    def timesteps(self) -> int:
        """T of the sample."""
        return self.read.timesteps if self.read else 0

    @property
    def rows(self) -> Rows | None:
        """No line is a timestep: a click moves nothing."""
        return None

    @property
    def unit(self) -> int:
        """The unit under the cursor."""
        return min(self.chosen.unit, self.read.hidden - 1 if self.read else 0)

    def action_across(self, by: int) -> None:
        """Move the cursor to another unit, as they stand in the gates."""
        if self.read:
            self._choice.change(unit=self.chosen.order.beside(self.unit, by, self.read.hidden))

    def action_pool(self) -> None:
        """Show the mean over all units, or one unit."""
        self.pooled = not self.pooled

    def watch_pooled(self) -> None:
        """Show the other numbers."""
        self.repaint()

    def picture(self, width: int, height: int) -> list[Strip]:
        """The drawing; its numbers as soon as there are any."""
        dim = self.tone("cell--dim")
        if self.plan is None:
            self.notice = UNSAID if self.read else self.notice
            return self.said(width, dim)
        unit, values = None if self.pooled else self.unit, {}
        if self._answer:
            values = read_values(self.plan, self._answer, self.timestep, unit)
        look = Look(self._colour, self.tone("cell--strong"), dim)
        lines = picture(self.plan, values, self._caption(), (width, height), look)
        return [line.strip(width) for line in lines]

    def _caption(self) -> str:
        """What the numbers are, and why there are no newer ones."""
        if self.read is None:
            return self.notice
        which = f"mean of {self.read.hidden:,} units" if self.pooled else f"unit {self.unit}"
        said = f"timestep {self.timestep + 1:,} of {self.read.timesteps:,} · {which}"
        said += f" · weights of step {self.read.step:,}"
        return f"{said} · {self.notice}" if self.notice else said

    def _colour(self, activation: str) -> Style:
        """The style of an activation: on a dark screen a light colour of its hue."""
        colour = self._colours.get(activation)
        if self.tint != "colour":
            return PLAIN
        if colour is None:
            return self.tone("cell--dim")
        return Style(color=colour.light if self.dark else colour.line)
