"""What the views say: what was picked in them, and what they wish."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from explorer.ui.screens import errands
from explorer.ui.screens.explore.choice_keys import ChoiceKeys
from explorer.ui.screens.gate import errand
from explorer.ui.screens.note_form import write_note
from explorer.ui.screens.notices import not_steerable
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.curve_keys import CurveKeys
from explorer.ui.views.draw import Draw
from explorer.ui.views.mistakes import Mistakes
from explorer.ui.views.wishes import AllWanted, Changed, Said, Unwanted
from explorer.ui.widgets.message_line import Notice


class ViewMessages(ChoiceKeys):
    """Does what the views ask for."""

    @on(Confusion.Picked)
    def show_picked(self) -> None:
        """Show the samples of the square that is chosen in the confusion matrix."""
        self.views.activate("mistakes")

    @on(Mistakes.Read)
    def read_mistake(self, message: Mistakes.Read) -> None:
        """Read one of these samples."""
        self.choose_sample(message.index)
        self.views.turn("read", "gates")

    @on(Mistakes.Back)
    def show_matrix(self) -> None:
        """Show the matrix again."""
        self.views.activate("confusion")

    @on(CurveKeys.MomentWanted)
    def look_back(self, message: CurveKeys.MomentWanted) -> None:
        """Ask the weights of a step of the curves."""
        self.what_if.look_back(message.step, self.run.snapshot.moments, self.run.snapshot.step)

    @on(CurveKeys.FactorWanted)
    @errand()
    async def smooth(self) -> None:
        """Ask by which factor the curves are smoothed that have the focus."""
        curves = self.views.views[self.views.active]
        if not isinstance(curves, CurveKeys):
            return
        if (factor := await errands.ask_factor(self.gate, curves.look.factor)) is not None:
            curves.see(replace(curves.look, factor=factor))

    @on(CurveKeys.NoteWanted)
    def ask_for_note(self) -> None:
        """Ask for a note, and write it into the run."""
        if self.run.opened:
            self._write_note()
        else:
            self.say(not_steerable(self.run.snapshot))

    @errand(about_run=True)
    async def _write_note(self) -> None:
        """Write a note."""
        if said := await write_note(self.gate, self.run.folder):
            self.say(said)

    @on(Confusion.Wanted)
    def evaluate(self) -> None:
        """Have the test set evaluated as chosen, or no longer."""
        if self.run.opened:
            self.presenter.evaluate()
        else:
            self.say(not_steerable(self.run.snapshot))

    @on(AllWanted)
    def evaluate_all(self, message: AllWanted) -> None:
        """Have the test set evaluated under several changes, one after the other."""
        if self.run.opened:
            self.presenter.evaluate_all(message.selections)
        else:
            self.say(not_steerable(self.run.snapshot))

    @on(Unwanted)
    def give_up(self) -> None:
        """Have nothing evaluated any more."""
        self.presenter.give_up()

    @on(Said)
    def explain(self, message: Said) -> None:
        """Say why a key of a view did nothing, or what it did."""
        self.say(Notice(message.text))

    @on(Changed)
    def change(self, message: Changed) -> None:
        """Have the network read with a change."""
        self.what_if.change(message.intervention)

    @on(Draw.Wished)
    def ask_for_pad(self, message: Draw.Wished) -> None:
        """Ask what the pad needs."""
        match message.what:
            case "save":
                self._save_drawing()
            case "open":
                self._open_drawing()
            case "change":
                self._change_stretch()

    @errand(about_run=True)
    async def _save_drawing(self) -> None:
        """Save what is on the pad."""
        self.exporter.path = await self._drawings.save(self.run.folder) or self.exporter.path

    @errand(about_run=True)
    async def _open_drawing(self) -> None:
        """Put something else on the pad."""
        await self._drawings.open(self.run.folder)

    @errand(about_run=True)
    async def _change_stretch(self) -> None:
        """Change what is marked on the pad."""
        await self._drawings.change()
