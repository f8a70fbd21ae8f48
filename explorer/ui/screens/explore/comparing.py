"""Which runs are compared: those marked in the list, and where these are fewer than two, the open one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from textual import on

from explorer.runs.catalogue import Newest
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine
from explorer.runs.manage import Deleted, Renamed
from explorer.system.errors import GatescopeError
from explorer.ui.live.overlay_follower import OverlayFollower
from explorer.ui.screens.explore.opening import Opening
from explorer.ui.screens.run_lines import is_at
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.overlay import Overlay
from explorer.ui.views.versus import Versus

PAGE: Final = "compare"
"""The page on which they stand."""


class Comparing(Opening):
    """Shows the compared runs while their page is shown."""

    def __init__(self, runs_dir: Path, first: Newest | None, pace: Pace) -> None:
        """Explore a folder of runs, as `Parts` does."""
        super().__init__(runs_dir, first, pace)
        self.overlay_follower = OverlayFollower(self.post_message, pace)
        """Reads and draws the compared runs."""
        self.choice.compared.observe(self._follow_compared)

    def on_unmount(self) -> None:
        """Read no run any more."""
        self.overlay_follower.close()

    def open_run(self, folder: RunFolder, engine: StartedEngine | None = None) -> None:
        """Show a run; it is compared where fewer than two are marked."""
        super().open_run(folder, engine)
        self.compare_marked()

    def leave_run(self, folder: RunFolder | None) -> None:
        """Show another run, or none; the one that was open is not compared any more, unless it is marked."""
        super().leave_run(folder)
        self.compare_marked()

    def compare_marked(self) -> None:
        """Compare the marked runs, the one marked first being the baseline."""
        runs = [RunFolder(path) for path in self.listing.marked]
        open_one = self.run.folder
        if len(runs) < 2 and self.run.opened and not any(is_at(run, open_one.path) for run in runs):
            runs.append(RunFolder(open_one.path))
        self.choice.compared.compare(runs)
        self._pair()  # another one may be open

    def show_comparison(self) -> None:
        """Turn to the page of the marked runs."""
        self.compare_marked()
        self.views.turn(PAGE)

    def show_race(self, race: Sequence[RunFolder]) -> None:
        """Mark the runs of a race, and no others; show the first, on the page of the marked runs."""
        self.listing.mark_all(run.path for run in race)
        self.open_run(race[0])
        self.show_comparison()

    @on(ViewGrid.Arranged)
    def _follow_page(self, message: ViewGrid.Arranged) -> None:
        """Compare the runs that are marked by now, or read none while another page is shown."""
        if message.shown.page == PAGE:
            self.compare_marked()
        self._follow_compared()

    def _follow_compared(self) -> None:
        """Read the compared runs, while they are shown."""
        shown = self.views.page == PAGE
        self.overlay_follower.follow(self.choice.compared.runs if shown else ())
        self._pair()

    def _pair(self) -> None:
        """Show the run in front beside the open one; where that is the open one, the first of the others."""
        compared = self.choice.compared
        others = [run for run in compared.runs if not is_at(run, self.run.folder.path)]
        wanted = compared.front if compared.front in others else next(iter(others), None)
        self.pairing.compare_with(wanted)

    @on(Overlay.OverlayChanged)
    def draw_overlay(self, message: Overlay.OverlayChanged) -> None:
        """Draw the compared runs in another way, or not at all."""
        self.overlay_follower.draw_on(message.canvas)

    @on(Versus.OpenWanted)
    def open_compared(self, message: Versus.OpenWanted) -> None:
        """Open one of the compared runs; all are marked then: one may be here only because it was open."""
        try:
            message.folder.read()
        except GatescopeError as error:
            self.complain(str(error))
            return
        if is_at(self.run.folder, message.folder.path):
            return
        for run in self.choice.compared.runs:
            self.listing.marked.setdefault(run.path)
        self.open_run(message.folder)

    @on(OverlayFollower.Summarised)
    def show_summaries(self, message: OverlayFollower.Summarised) -> None:
        """Show what is known of the compared runs by now."""
        versus = self.views.views["versus"]
        assert isinstance(versus, Versus)
        versus.tell(message.runs)
        self.presenter.keep_up()

    @on(OverlayFollower.Moved)
    def follow_folder(self, message: OverlayFollower.Moved) -> None:
        """Stay with a compared run whose folder was renamed elsewhere; compare no longer what is gone."""
        match message.change:
            case Renamed(old=old, new=new):
                self.listing.moved(old, new)
                self.choice.compared.moved(old, new)
            case Deleted(path=path):
                self.listing.marked.pop(path, None)
        self.compare_marked()

    @on(OverlayFollower.Broken)
    def show_broken(self, message: OverlayFollower.Broken) -> None:
        """Say why there are no curves."""
        self._overlay.fail(f"these runs can't be read: {message.reason}")

    @on(OverlayFollower.Reading)
    def show_reading(self, message: OverlayFollower.Reading) -> None:
        """Say how many of the compared runs are read."""
        self._overlay.announce(f"reading {message.runs} runs: {message.done} read …")

    @on(OverlayFollower.Drawn)
    def show_overlay(self, message: OverlayFollower.Drawn) -> None:
        """Show the curves of the compared runs."""
        self._overlay.offer(message.drawing)
        if message.asked:
            self._overlay.catch_up()
        else:
            self.presenter.keep_up()

    @property
    def _overlay(self) -> Overlay:
        """The view that the thread draws."""
        overlay = self.views.views["overlay"]
        assert isinstance(overlay, Overlay)
        return overlay

    def _follow_change(self, change: Renamed | Deleted) -> None:
        """Have a renamed run keep its colour; compare those that are left."""
        if isinstance(change, Renamed):
            self.choice.compared.moved(change.old, change.new)
        super()._follow_change(change)
