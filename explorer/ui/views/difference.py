"""What would happen without: a sample read with a change and without it, side by side, and the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from explorer.protocol.interventions import describe
from explorer.protocol.questions import NO_INTERVENTION, Answer, Intervention, Wipe
from explorer.runs.events import ActivationInfo
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.keys import Hint
from explorer.ui.views.both_ways import BothWays
from explorer.ui.views.choice import Choice
from explorer.ui.views.comparison import with_and_without
from explorer.ui.views.comparison_layout import Layout
from explorer.ui.views.comparison_maps import Title
from explorer.ui.views.gate_meanings import gates_of, meaning
from explorer.ui.views.heatmap import STEADIER, STEADY
from explorer.ui.views.view import About
from explorer.ui.views.wishes import Changed, Said
from models.registry import CELLS

LETTERS = sorted({name for cell in CELLS.values() for name in cell.activations if len(name) == 1} - {"w"})
"""The activations that a key can hold."""


class Difference(BothWays):
    """One sample, read with a change and without it by the same weights."""

    about = About(
        title="what if",
        tip="with a change, without, the difference",
        help=(
            "The sample as the network reads it without the change and with it, by the same weights: the "
            "belief (a column a class) and one activation (v shows another), on the same lines. At the right "
            "is the difference, with − without: orange where there is more with the change, blue where there "
            "is less; the scale below goes to the value that 98 % of the numbers stay within. Of a memory, "
            "it is the difference of its tanh, which is what h sees. A capital letter holds that gate at 1, "
            "pressed again at 0, then lets it go; W wipes the memory before the cursor's timestep; i changes "
            "anything else; delete takes the newest change back."
        ),
        equation="difference(t) = with(t) − without(t)",
        keys=(
            Hint("↑ ↓", "what if: the timestep", "Timestep", 4),
            Hint("← →", "what if: the unit", "Unit", 5),
            Hint("v", "what if: another activation", "Map", 8, reaches=True),
            Hint("I F O R Z", "what if: hold this gate at 1, at 0, let it go", "Hold", 16, reaches=True),
            Hint("W", "what if: wipe before the cursor's timestep", "Wipe", 17, reaches=True),
            Hint("PgUp PgDn", "what if: the units before and after"),
        ),
        first=("i",),
        shows_sample=True,
        shows_class=True,
        smallest=(48, 8),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "turn_map", "Another activation", show=False),
        Binding("W", "wipe", "Wipe before the cursor", show=False),
        *(Binding(one.upper(), f"hold('{one}')", f"Hold {one}", show=False) for one in LETTERS),
    ]
    compares = True

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with nothing to show."""
        super().__init__(choice, id=id)
        self._against: Mapping[str, Answer] = {}
        self._activations: tuple[ActivationInfo, ...] = ()

    def note(self, snapshot: Snapshot) -> None:
        """Note the cell's activations."""
        self._activations = snapshot.activations

    def take_against(self, answers: Mapping[str, Answer]) -> None:
        """Note the other way to read it."""
        self._against = answers

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show both ways; while learning, what has hardly moved stays as it is."""
        before = self.comparison if learning else None
        pairs = [one for one in (answers, self._against) if one]
        self.comparison = with_and_without(pairs, before, STEADIER if sparing else STEADY)
        self.notice = ""
        self.repaint()
        self.order_by(answers)

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.comparison, self._against = None, {}
        super().clear(notice)

    # Keys

    @property
    def _intervention(self) -> Intervention:
        """What is changed, also while it is shown without."""
        now = self.chosen
        other = now.against.intervention if now.against else NO_INTERVENTION
        return now.selection.intervention or other

    def action_hold(self, name: str) -> None:
        """Hold a gate at 1; if it is, at 0; if that is, let it go."""
        gates = [one.name for one in gates_of([*self._activations])]
        if not self._activations:
            self.post_message(Said(self.notice))
        elif name not in gates:
            known = f"this cell's gates are {', '.join(gates)}" if gates else "this cell has no gates"
            self.post_message(Said(f"{known}; i holds any activation"))
        else:
            now = self._intervention
            held = {one: value for one, value in now.hold.items() if one != name}
            if now.hold.get(name) not in (0.0, 1.0):
                held[name] = 1.0
            elif now.hold[name]:
                held[name] = 0.0
            self.post_message(Changed(replace(now, hold=held)))

    def action_wipe(self) -> None:
        """Wipe the memory before the timestep under the cursor; if it is, no longer."""
        if self.comparison is None:
            self.post_message(Said(self.notice))
            return
        now, wipe = self._intervention, Wipe(self.timestep + 1)
        others = tuple(one for one in now.wipe if one != wipe)
        if not self.timestep and others == now.wipe:
            self.post_message(Said("there is no memory before timestep 1; go to a later one"))
            return
        self.post_message(Changed(replace(now, wipe=others if others != now.wipe else (*others, wipe))))

    # What is painted

    @property
    def titles(self) -> Mapping[int, Title]:
        """Which is which; without a change, the network is as it was trained."""
        first, second = (self.comparison.first, self.comparison.second) if self.comparison else (None, None)
        titles = {0: Title(("without" if second else "as trained",), "title")} if first else {}
        if second:
            changed = describe(second.answer.asked.intervention)
            titles[1] = Title((f"with {changed}",), "changed")
        return titles

    def instead(self, layout: Layout) -> Mapping[int, Sequence[tuple[str, str]]]:
        """What can be changed by a key, where the change would be shown."""
        if self.comparison is None or self.comparison.second:
            return {}
        offers = [("", "nothing is changed while it reads"), ("i", "change something: a form")]
        for gate in gates_of(self.comparison.answer.infos):
            if gate.name in LETTERS:
                offers.append((gate.name.upper(), f"{gate.name} = 1: {meaning(gate, 1)}"))
                offers.append(("", f"again, {gate.name} = 0: {meaning(gate, 0)}"))
        if self.timestep:
            offers.append(("W", f"wipe the memory before timestep {self.timestep + 1:,}"))
        return {1: offers}

    @property
    def undo(self) -> tuple[str, ...]:
        """How the change is taken back; nothing while there is none."""
        other = "without" if self.chosen.selection.intervention else "with"
        return (f"delete: take it back · w: {other}", "delete: undo") if self._intervention else ()
