"""The keys that choose what is looked at: the sample, the units, and what is asked about besides."""

from __future__ import annotations

import random

from textual.events import Key

from explorer.protocol.messages import FindSample
from explorer.protocol.probes import lacking_memory
from explorer.protocol.questions import Sample
from explorer.ui.screens import errands
from explorer.ui.screens.explore.parts import Parts
from explorer.ui.screens.gate import errand
from explorer.ui.screens.intervene import Reading
from explorer.ui.screens.notices import not_steerable
from explorer.ui.views.unit_order import after as next_order
from explorer.ui.widgets.message_line import Notice


class ChoiceKeys(Parts):
    """What a person chooses."""

    def choose_sample(self, index: int) -> None:
        """Choose a test sample; past the last one, start again from the first."""
        self.choice.select(subject=Sample(index % self.run.samples))

    def action_sample(self, by: int) -> None:
        """The next test sample, or the one before."""
        self.choose_sample(self.choice.sample + by)

    def action_random_sample(self) -> None:
        """Any test sample."""
        self.choose_sample(random.randrange(self.run.samples))  # noqa: S311 - nothing secret

    def action_misread(self) -> None:
        """The next test sample that is misread."""
        self.run.ask(FindSample(self.choice.sample))

    @errand(about_run=True)
    async def action_sample_number(self) -> None:
        """A test sample by its number."""
        run = self.run
        number = await errands.ask_sample(self.gate, run.samples)
        if number is not None:
            self.choose_sample(number)

    def action_play(self) -> None:
        """Let the network read."""
        if not self.play.start(self):
            self.say(Notice("nothing here is read over time; turn to a view that shows a sample"))

    def on_key(self, event: Key) -> None:
        """Stop reading where it is, and then do what the key does; space does nothing more."""
        if self.play.playing:
            self.play.stop()
            if event.key == "space":
                event.stop()

    def action_turn_class(self, by: int) -> None:
        """The class before the one that is asked about, or after it."""
        if any(view.about.shows_class for view in self.views.shown):
            self.choice.turn_class(by)
        else:
            self.say(Notice("nothing here is about one class; turn to a view that shows a sample"))

    def action_class_read(self) -> None:
        """The class that the sample is read as, whichever that is."""
        self.choice.change(class_number=None)

    @errand(about_run=True)
    async def action_unit_number(self) -> None:
        """A hidden unit by its number."""
        number = await errands.ask_unit(self.gate, self.run.snapshot.config.hidden)
        if number is not None:
            self.choice.change(unit=number)

    def action_order(self, again: bool) -> None:
        """Put the units into the next order, or into the same one by the newest weights."""
        if not self.views.shows_units:
            self.say(Notice("no units stand side by side here; turn to the gates"))
            return
        cell, now = self.run.snapshot.config.cell, self.choice.now
        by = now.ordering or now.order.by
        lacking = lacking_memory("half-life", cell)
        following = by if again else next_order(by, memory=not lacking)
        if lacking and following == "vote" and not again:
            self.say(Notice(lacking))
        elif again and by == "number":
            self.say(Notice("the units stand by number; o orders them"))
        self.choice.order_by(following)

    @errand(about_run=True)
    async def action_intervene(self) -> None:
        """Ask what to change while the network reads."""
        snapshot = self.run.snapshot
        if not self.run.opened:
            self.say(not_steerable(snapshot))
            return
        names = [one.name for one in snapshot.activations]
        await self.what_if.ask(self.gate, Reading(names, snapshot.config.hidden, snapshot.shape.timesteps))

    def action_with_or_without(self) -> None:
        """Show it without the intervention, or with it again."""
        self.what_if.swap()

    def action_undo_change(self) -> None:
        """Take back the newest change."""
        self.what_if.undo()

    def action_undo_changes(self) -> None:
        """Let the network read as it is."""
        self.what_if.undo_all()

    def action_moment(self, by: int) -> None:
        """Ask the weights that were kept before or after."""
        self.what_if.move(by, self.run.snapshot.moments, self.run.snapshot.step)
