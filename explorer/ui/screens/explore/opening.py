"""Opening and starting runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from textual import on

from explorer.runs.catalogue import Newest, list_runs, newest_of
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine
from explorer.runs.manage import Deleted, Renamed
from explorer.runs.race import race_of
from explorer.runs.snapshot import NO_RUN
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.other_run import OtherRun
from explorer.ui.screens.explore.parts import Parts
from explorer.ui.screens.gate import errand
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.run_lines import is_at
from explorer.ui.screens.run_order import Listing
from explorer.ui.screens.starter import Starter
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.curves import Curves
from explorer.ui.widgets.message_line import Notice

NOTHING_OPEN: Final = "no run is open; n starts one"
"""What the views show while there is no run."""


class Opening(Parts):
    """Shows one run after the other."""

    def __init__(self, runs_dir: Path, first: Newest | None, pace: Pace) -> None:
        """Explore a folder of runs, as `Parts` does."""
        super().__init__(runs_dir, first, pace)
        self._starter = Starter(self.gate, runs_dir, self.open_run)
        self._before: RunFolder | None = None
        self.listing = Listing()
        """What a person has made of the list of runs: its filter, its order, which are marked."""

    def come_back(self, folder: RunFolder) -> None:
        """Show the run that the explorer begins with; if it is part of a race, mark all of the race."""
        self.open_run(folder)
        self.run_worker(self._mark_race_of(folder))

    async def _mark_race_of(self, folder: RunFolder) -> None:
        """Mark the runs of a run's race, unless others are marked."""
        race = await asyncio.to_thread(race_of, folder)
        if race and not self.listing.marked:
            self.listing.mark_all(run.path for run in race)

    def open_run(self, folder: RunFolder, engine: StartedEngine | None = None) -> None:
        """Show a run, at the sample that was shown before; `engine` is its process, if it was started
        here.
        """
        self._before = self.run.folder if self.run.snapshot.state != "none" else None
        self._show_run(folder, engine)
        self.run.open()

    def _show_run(self, folder: RunFolder, engine: StartedEngine | None) -> None:
        """Show nothing of the run before any more; of this one, nothing yet."""
        self.run.close()
        self.message_line.hush()
        self.play.stop()
        self.presenter.clear()
        self.run = OpenRun(folder, self.post_message, self._pace, engine, self._read_only)
        self.what_if.forget()  # what is chosen now is asked of the new run, not of one that is closed
        self.choice.order_by("number")
        self.run.follower.draw_on(self._curves.canvas())

    @on(OtherRun.Heard)
    def hear(self, message: OtherRun.Heard) -> None:
        """Show what the run beside the open one says, unless it was closed meanwhile."""
        if not message.source.closed:
            self.pairing.hear(message.said)

    def leave_run(self, folder: RunFolder | None) -> None:
        """Show another run, because the one that was open is gone; None: no run."""
        if folder is not None:
            self.open_run(folder)
            return
        self._show_run(RunFolder(self.runs_dir), None)
        self._show_snapshot(NO_RUN)
        self.presenter.clear(NOTHING_OPEN)

    async def start_run(self, wanted: NewRun) -> None:
        """Start a training, and show it; if it isn't wanted, say that no run is open."""
        if not await self._starter.start(wanted) and self.run.snapshot.state == "none":
            self.leave_run(None)

    @errand(about_run=True)
    async def resume_run(self) -> None:
        """Have an engine resume the run; if it is finished, ask how long to train it."""
        try:
            await self._starter.resume(self.run)
        except OSError as error:
            self.complain(f"can't start an engine in {self.run.folder.path}: {error.strerror}")

    def _follow_change(self, change: Renamed | Deleted) -> None:
        """Stay with the run on the screen when it was renamed; when it was deleted, show the newest one."""
        match change:
            case Renamed(old=old, new=new) if is_at(self.run.folder, old):
                self.leave_run(RunFolder(new))
            case Deleted(path=path) if is_at(self.run.folder, path):
                newest = newest_of(list_runs(self.runs_dir)).run
                self.leave_run(newest)
                instead = f"; this is {newest.name}" if newest is not None else ""
                self.say(Notice(f"{path.name} is deleted{instead}"))

    @property
    def _curves(self) -> Curves:
        """The view that the follower draws."""
        curves = self.views.views["curves"]
        assert isinstance(curves, Curves)
        return curves
