"""What is chosen besides the sample: an intervention, with and without it, and whose weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from explorer.protocol.interventions import describe
from explorer.protocol.questions import NO_INTERVENTION, Intervention
from explorer.ui.screens.gate import Gate
from explorer.ui.screens.intervene import InterveneForm, Reading
from explorer.ui.views.choice import Choice
from explorer.ui.widgets.message_line import Notice

NOTHING = Notice("nothing is changed while it reads; i changes something", "warning")
"""What is said where there is nothing to undo, or to compare with."""


class WhatIf:
    """Changes what the screen asks about; each step can be undone."""

    def __init__(self, choice: Choice, say: Callable[[Notice], object]) -> None:
        """Change a choice; `say` shows a message."""
        self._choice, self._say = choice, say
        self._before: list[Intervention] = []

    @property
    def said(self) -> str:
        """What is chosen besides the sample, in a few words; empty: the network as it is, now."""
        selection = self._choice.now.selection
        moment = "" if selection.moment is None else f"at step {selection.moment:,}"
        changed = describe(self._with)
        without = "without " if changed and not selection.intervention else ""
        chosen = f"class {self._choice.class_name}" if self._choice.class_name else ""
        return " · ".join(part for part in (without + changed, moment, chosen) if part)

    async def ask(self, gate: Gate, reading: Reading) -> None:
        """Ask what to change while it reads."""
        wanted = await gate.ask(InterveneForm(reading, self._with))
        if wanted is not None:
            self.change(wanted)

    def change(self, wanted: Intervention) -> None:
        """Have it read with this change instead of the one before."""
        if wanted != self._with:
            self._before.append(self._with)
            self._set(wanted)

    def undo(self) -> None:
        """Take back the newest change."""
        if not self._before:
            self._say(NOTHING)
            return
        self._set(self._before.pop())

    def undo_all(self) -> None:
        """Let the network read as it is."""
        if not self._with:
            self._say(NOTHING)
            return
        self._before.clear()
        self._set(NO_INTERVENTION)

    def swap(self) -> None:
        """Show it without the intervention, or with it again."""
        now = self._choice.now
        if now.against is None:
            self._say(NOTHING)
            return
        self._choice.change(selection=now.against, against=now.selection)

    def move(self, by: int, moments: Sequence[int], step: int) -> None:
        """Ask the weights that were kept before (-1) or after (1) those that are asked now.

        Args:
            by: the direction; after the last comes now.
            moments: the steps whose weights were kept, in order.
            step: the step of the weights of now.
        """
        moment = self._choice.now.selection.moment
        if by < 0:
            earlier = [kept for kept in moments if kept < (step if moment is None else moment)]
            if not earlier:
                self._say(Notice("no earlier weights were kept", "warning"))
                return
            self._at(earlier[-1])
        elif moment is None:
            self._say(Notice("these are the newest weights; < shows earlier ones", "warning"))
        else:
            self._at(next((kept for kept in moments if moment < kept < step), None))

    def look_back(self, wanted: int, moments: Sequence[int], step: int) -> None:
        """Ask the weights of a step, or the nearest that were kept; asked already, those of now.

        Args:
            wanted: the step.
            moments: the steps whose weights were kept, in order.
            step: the step of the weights of now.
        """
        found = min([*moments, step], key=lambda kept: abs(kept - wanted))
        moment = None if found == step else found
        if moment == self._choice.now.selection.moment:
            moment, said = None, "these are the newest weights"
        elif moment is None:
            said = f"the newest weights are the nearest to step {wanted:,}"
        elif moment == wanted:
            said = f"all views show the weights of step {moment:,}; M goes back to now"
        else:
            said = f"the nearest weights that were kept are of step {moment:,}; M goes back to now"
        self._at(moment)
        self._say(Notice(said))

    def forget(self) -> None:
        """Choose nothing but the sample: another run has other weights, and perhaps another cell."""
        self._before.clear()
        selection = self._choice.now.selection
        plain = replace(selection, moment=None, intervention=NO_INTERVENTION)
        self._choice.change(selection=plain, against=None)

    @property
    def _with(self) -> Intervention:
        """The intervention, also while it is shown without."""
        now = self._choice.now
        return now.selection.intervention or (now.against.intervention if now.against else NO_INTERVENTION)

    def _set(self, intervention: Intervention) -> None:
        """Show an intervention; what it is compared with is the same without."""
        plain = replace(self._choice.now.selection, intervention=NO_INTERVENTION)
        if intervention:
            self._choice.change(selection=replace(plain, intervention=intervention), against=plain)
        else:
            self._choice.change(selection=plain, against=None)

    def _at(self, moment: int | None) -> None:
        """Show another moment, with and without."""
        now = self._choice.now
        against = None if now.against is None else replace(now.against, moment=moment)
        self._choice.change(selection=replace(now.selection, moment=moment), against=against)
