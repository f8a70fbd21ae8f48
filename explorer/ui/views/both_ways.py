"""What the views share that have two readings of a sample side by side, and the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from explorer.protocol.questions import Answer, Question
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.comparison import Comparison
from explorer.ui.views.comparison_layout import Layout
from explorer.ui.views.comparison_lines import ComparisonLines
from explorer.ui.views.comparison_maps import DIFFERENCE, Look, Title, shown_of
from explorer.ui.views.over_units import OverUnits
from explorer.ui.views.rows import Rows, Spot


class BothWays(OverUnits):
    """One sample, read in two ways; the cursor is a timestep and a unit.

    A subclass makes the comparison, and says in `titles` what the ways are called.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"ways--{tone}" for tone in ("chosen", "dim", "title", "cursor", "changed", "key", "right", "wrong")
    }
    optional = frozenset({"units"})
    between: ClassVar[str] = " → "
    """What stands between the values of both ways."""

    comparison: Comparison | None = None

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with nothing to show."""
        super().__init__(choice, id=id)
        self.letter = ""
        """The activation that was turned to; empty: the memory. So it is where a cell hasn't that one."""

    def needs(self) -> tuple[Question, ...]:
        """Every activation, and the belief; what orders the units, while that is asked for."""
        ordering = (Question("units"),) if self.chosen.ordering else ()
        return Question("activations"), Question("belief"), *ordering

    def order_by(self, answers: Mapping[str, Answer]) -> None:
        """Order the units, if that was asked for, and is known by now.

        Raises:
            ValueError: the answer isn't what its question promises.
        """
        self._choice.put_in_order(answers.get("units"), answers["activations"].step)

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the class under the cursor, too."""
        super().follow(before, now)
        if before.class_number != now.class_number:
            self.repaint()

    def lack(self, notice: str) -> None:
        """Say why the units can't be ordered."""
        self.miss(notice)

    # What a subclass says

    @property
    def titles(self) -> Mapping[int, Title]:
        """What the ways are called, by their places, from left to right."""
        raise NotImplementedError

    def instead(self, layout: Layout) -> Mapping[int, Sequence[tuple[str, str]]]:
        """What stands in the place of a way that is missing; as in `Look`."""
        return {}

    @property
    def remark(self) -> str:
        """Why there is nothing newer than what is shown; empty while there is nothing to say."""
        return self.notice

    @property
    def undo(self) -> tuple[str, ...]:
        """How a change is taken back; nothing while there is none."""
        return ()

    # Where the cursor is

    @property
    def timesteps(self) -> int:
        """T of the longer one."""
        return self.comparison.timesteps if self.comparison else 0

    @property
    def hidden(self) -> int:
        """H of the larger cell."""
        return self.comparison.hidden if self.comparison else 0

    @property
    def rows(self) -> Rows | None:
        """Which timesteps are on which lines."""
        layout = self._layout()
        return layout.rows if layout else None

    def spot(self, x: int, y: int) -> Spot | None:
        """What is at a position: a timestep, on a map a unit, in a belief a class."""
        layout, comparison = self._layout(), self.comparison
        if layout is None or comparison is None:
            return None
        shown = shown_of(comparison, layout, self.letter, self.chosen.class_number)
        places = {place: (one.layout, one.classes) for place, one in shown.items()}
        if not comparison.gap(self.letter):
            places[DIFFERENCE] = layout, shown[0].classes if comparison.same_classes else []
        return layout.spot(x, y, places)

    def _layout(self) -> Layout | None:
        """Where everything is; None while there is nothing to show."""
        if self.comparison is None:
            return None
        answer = self.comparison.answer
        shape = self.timesteps, answer.inputs, self.comparison.classes, self.hidden
        cursor = self.unit, self.timestep, self._choice.first
        shown = *self.size, *shape, *cursor
        low, tall = (
            Layout(*shown, order=self.order, scaled=answer.scaled, tall=tall) for tall in (False, True)
        )
        return tall if tall.fits_tall and (tall.panel or not low.panel) else low

    def action_turn_map(self) -> None:
        """Show the next activation; after the memory of all cells, the first one."""
        if self.comparison:
            letters = self.comparison.letters
            now = self.letter if self.letter in letters else self.comparison.ways[0].info("").name
            self.letter = letters[(letters.index(now) + 1) % len(letters)]
            self.repaint()

    # What is painted

    def picture(self, width: int, height: int) -> list[Strip]:
        """Both ways, the difference, and the values under the cursor."""
        layout, comparison = self._layout(), self.comparison
        if layout is None or comparison is None:
            return self.said(width, self._tone("dim"))
        self.page()
        look = Look(
            letter=self.letter,
            notice=self.remark,
            titles=self.titles,
            instead=self.instead(layout),
            seen=self.seen,
            dark=self.dark,
            tint=self.tint,
            tone=self._tone,
            order=self.said_order,
            class_number=self.chosen.class_number,
            undo=self.undo,
            between=self.between,
        )
        return [line.strip(width) for line in ComparisonLines(look, layout, comparison).all()]

    def _tone(self, name: str) -> Style:
        """A style of the theme."""
        return self.tone(f"ways--{name}")
