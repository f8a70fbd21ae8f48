"""The keys that steer the run, and those that lead to another."""

from __future__ import annotations

import asyncio
from typing import Final

from textual.message import Message

from explorer.protocol.messages import Continue, Pause, Request, ScaleLearningRate, Stop
from explorer.runs.data_files import is_file
from explorer.runs.race import stop_race, under_way
from explorer.system.errors import GatescopeError
from explorer.ui.screens import errands
from explorer.ui.screens.explore.comparing import Comparing
from explorer.ui.screens.gate import errand
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.notices import not_steerable
from explorer.ui.screens.starter import in_form
from explorer.ui.widgets.message_line import Notice

RATE_STEP: Final = 1.5
"""What a key press multiplies the learning rate by, or divides it by."""


class RunKeys(Comparing):
    """What a person does with runs."""

    class Left(Message, namespace="explore"):
        """A person has left."""

        def __init__(self, complaint: str) -> None:
            """Carry what went wrong, in one line; empty: nothing."""
            super().__init__()
            self.complaint = complaint

    def action_pause(self) -> None:
        """Pause or continue a training, or resume a run that nothing trains."""
        if self.run.snapshot.resumable:
            self.resume_run()
        else:
            self._steer(Continue() if self.run.snapshot.state == "paused" else Pause())

    @errand(about_run=True)
    async def action_stop(self) -> None:
        """End the training, if that is really wanted; everything so far is kept."""
        run = self.run
        if not run.snapshot.steerable:
            self.say(not_steerable(run.snapshot))
            return
        race = await asyncio.to_thread(under_way, run.folder)
        answer = await errands.ask_stop(self.gate, lambda: run.snapshot.steerable, len(race) - 1)
        if answer == "yes" or (answer == "race" and not stop_race(race)):
            run.ask(Stop())

    def action_rate(self, direction: int) -> None:
        """Turn the learning rate up (1) or down (-1)."""
        self._steer(ScaleLearningRate(RATE_STEP**direction))

    def _steer(self, request: Request) -> None:
        """Ask the engine for a change, if a training is there to be changed; else say why not."""
        if self.run.snapshot.steerable:
            self.run.ask(request)
        else:
            self.say(not_steerable(self.run.snapshot))

    @errand()
    async def action_new_run(self) -> None:
        """Ask what to train, and start it."""
        await self._starter.ask()

    @errand(about_run=True)
    async def action_cell(self) -> None:
        """Switch to the run of another cell that compares best, or start one."""
        chosen = await errands.choose_cell(
            self.gate, self.runs_dir, self.run.snapshot.config, self.run.folder.path
        )
        if isinstance(chosen, NewRun):
            await self._starter.start(chosen)
        elif chosen is not None:
            self.open_run(chosen)

    @errand(about_run=True)
    async def action_race(self) -> None:
        """Train one of each cell, of like size, on the same batches: like the run that is open."""
        snapshot = self.run.snapshot
        if is_file(snapshot.config.dataset) and not snapshot.activations:
            self.say(Notice("a race needs to know its samples' shape; start this run first", "warning"))
            return
        try:
            race = await self._starter.race(snapshot.config, snapshot.shape)
        except GatescopeError as error:
            self.complain(in_form(str(error)))
        else:
            if race:
                self.show_race(race)

    @errand()
    async def action_runs(self) -> None:
        """Switch to another run."""
        chosen = await errands.choose_run(
            self.gate, self.runs_dir, self.run.folder.path, self._follow_change, self.listing
        )
        self.compare_marked()
        if chosen is None:
            return
        if chosen == "compare":
            self.show_comparison()
            return
        try:
            chosen.read()
        except GatescopeError as error:  # the run that is open stays open
            self.complain(str(error))
        else:
            self.open_run(chosen)

    @errand(first=True)
    async def action_quit_explorer(self) -> None:
        """Leave; while a run is live that can be stopped from here, ask whether to keep it running."""
        run, complaint = self.run, ""
        asked = run.snapshot.live and run.snapshot.away is None
        race = await asyncio.to_thread(under_way, run.folder) if asked else ()
        chosen = await errands.ask_leaving(self.gate, run.snapshot, len(race) - 1) if asked else "keep"
        if chosen == "stop" or (chosen == "race" and not stop_race(race)):
            self.say(Notice("stopping the training …"))
            complaint = await asyncio.to_thread(run.stop)
        if chosen is not None:
            self.post_message(self.Left(complaint))
