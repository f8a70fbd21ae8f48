"""The parts of the main screen: what stands on it, who owns what is chosen, and what is said in passing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message

from explorer.runs.catalogue import Newest
from explorer.runs.folder import RunFolder
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.size import has_room
from explorer.ui.base.textual_patches import PatchedScreen
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.other_run import OtherRun
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.screens.drawings import Drawings
from explorer.ui.screens.exporter import Exporter
from explorer.ui.screens.gate import Gate
from explorer.ui.screens.keys import useful_in
from explorer.ui.screens.notices import ending, news, remark
from explorer.ui.screens.page_tabs import LOW, show_tabs
from explorer.ui.screens.pairing import Pairing
from explorer.ui.screens.play import Play
from explorer.ui.screens.presenter import Presenter
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.screens.what_if import WhatIf
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.draw import Draw
from explorer.ui.views.pair import Pair
from explorer.ui.views.view import View
from explorer.ui.widgets.keyline import KeyLine
from explorer.ui.widgets.message_line import MessageLine, Notice
from explorer.ui.widgets.status import Status
from explorer.ui.widgets.too_small import TooSmall

LOW_SECONDS: Final = 5.0
"""Seconds for which a message takes the keys' line in a low terminal."""
STALE: Final = 1.0
"""Seconds after which a message goes when the run's state changes: what it says was true before. That a
training is about to stop goes at once."""


class Parts(PatchedScreen[None]):
    """What the rest of the main screen is made of: its lines and views, and the run that they show."""

    class Ended(Message, namespace="explore"):
        """The run that is open has ended."""

        def __init__(self, text: str) -> None:
            """Carry how, in one line."""
            super().__init__()
            self.text = text

    def __init__(self, runs_dir: Path, first: Newest | None, pace: Pace) -> None:
        """Explore a folder of runs, beginning with this or the newest one, at the terminal's pace."""
        super().__init__()
        self.runs_dir = runs_dir
        """The folder of all runs."""
        self._first = first
        self._pace = pace
        self._read_only = ReadOnlyEngine()
        self.run = OpenRun(RunFolder(runs_dir), self.post_message, pace, read_only=self._read_only)
        """The run that is shown; the empty one until a first one is opened."""
        # Kept here, not looked up: a thread's message may come while the screen is being taken down.
        self.choice = Choice()
        """What is chosen; all views share it."""
        self.status = Status()
        self.views = ViewGrid(self.choice)
        self.presenter = Presenter(self.views, self.choice, pace, lambda: self.run)
        """Shows the run in the views."""
        self.message_line = MessageLine()
        self.key_line = KeyLine()
        self._stopping: Notice | None = None  # what the engine said that it is about to do
        self._too_small = TooSmall()
        self.gate = Gate(self, lambda: self.run)
        """What opens dialogs over this screen: one at a time."""
        self.what_if = WhatIf(self.choice, self.say)
        """Changes what is asked about, besides the sample."""
        self.choice.observe(self._follow_choice)
        self.play = Play(self.choice, pace, lambda: self.views.timesteps)
        """Lets the network read."""
        self.exporter = Exporter(self.gate, self.message_line, self.say, self.complain)
        """Exports; it knows where the newest file is."""
        draw = self.views.views["draw"]
        assert isinstance(draw, Draw)
        pair = self.views.views["pair"]
        assert isinstance(pair, Pair)
        self.pairing = Pairing(pair, self.choice, pace, lambda: self.run, self._other_run)
        """Has another run read what is chosen."""
        self._drawings = Drawings(self.gate, draw, self.say, self.complain)

    def _other_run(self, folder: RunFolder) -> OtherRun:
        """A run beside the open one."""
        return OtherRun(folder, self.post_message, self._pace, self._read_only)

    def compose(self) -> ComposeResult:
        """Status with its tabs, views, the line of messages, the keys."""
        show_tabs(self.status, self.views.now, self.app.size.height)  # before the first layout: none moves
        yield self.status
        yield self.views
        yield self._too_small
        yield self.message_line
        yield self.key_line

    def on_resize(self, event: Resize) -> None:
        """Say so where there is no room to show anything; arrange the lines for the new height."""
        width, height = self.app.size
        self.set_class(not has_room(width, height), "-tiny")
        self.set_class(height < LOW, "-low")
        self._too_small.say(self.app.size)
        self.views.fit_views()
        show_tabs(self.status, self.views.now, height)

    def on_screen_suspend(self) -> None:
        """Name no key that a dialog over this screen keeps from it."""
        self.key_line.cover(True)

    def on_screen_resume(self) -> None:
        """Name the keys again."""
        self.key_line.cover(False)

    @on(ViewGrid.Arranged)
    def show_arrangement(self, message: ViewGrid.Arranged) -> None:
        """Show the tabs, and the keys of the active view; ask what the views need that are shown now."""
        show_tabs(self.status, message.shown, self.app.size.height)
        self._show_keys()
        self.keep_up()

    def keep_up(self) -> None:
        """Ask what the views need, and show what the terminal had no time for before."""
        self.pairing.keep_up()
        self.presenter.keep_up()

    @on(MessageLine.Showing)
    def make_room(self, message: MessageLine.Showing) -> None:
        """In a low terminal, a message takes the line of the keys for as long as it lasts."""
        self.set_class(message.message, "-message")

    @on(View.KeysChanged)
    def _show_keys(self) -> None:
        """Show the keys that do something now."""
        active = self.views.views[self.views.active]
        others = [view for view in self.views.shown if view is not active]
        keys = useful_in(active, self.views.shows_units, others)
        zoom = "" if not self.views.can_enlarge else "Whole page" if self.views.enlarged else "Enlarge"
        self.key_line.show(keys, self.run.snapshot, zoom)

    def say(self, notice: Notice) -> None:
        """Show a message; in a low terminal not for long, because it takes the line of the keys."""
        if self.has_class("-low"):
            notice = Notice(notice.text, notice.severity, min(notice.seconds, LOW_SECONDS))
        self.message_line.say(notice)

    def complain(self, message: str) -> None:
        """Say what went wrong; while no run is open, it also stays on the screen."""
        self.say(Notice(message, "error", 30))
        if self.run.snapshot.state == "none":
            self.presenter.clear(message)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what is new of the run."""
        before, self.run.snapshot = self.run.snapshot, snapshot
        self.choice.name_classes(snapshot.shape.classes)
        with self.app.batch_update():
            self._show_status()
            self._remark(remark(snapshot))
            self._show_keys()
            self.presenter.show(snapshot)
        if before.state != snapshot.state:
            stopping = self.message_line.shown is self._stopping
            self.message_line.hush(older=0.0 if stopping else STALE)
            self.presenter.probe()
        for notice in news(before, snapshot):
            self.say(notice)
        if ended := ending(before, snapshot):
            self.post_message(self.Ended(ended))

    def _follow_choice(self, before: Chosen, now: Chosen) -> None:
        """Say what is chosen; where something is changed, or no longer, other keys do something."""
        self._show_status()
        if (before.against is None) != (now.against is None):
            self._show_keys()

    def _remark(self, said: Notice | None) -> None:
        """Show what a person should know about the run; what is wrong is also a message, to be read again."""
        wrong = said is not None and said.severity in ("warning", "error")
        if said is not None and wrong and said != self.message_line.remarked:
            self.say(said)
        self.message_line.remark(said)

    def _show_status(self) -> None:
        """Show what the run does, what is chosen besides the sample, and how the line to the terminal is."""
        pace = "lean" if self._pace.lean else "slow line" if self._pace.slow else ""
        self.status.show(self.run.snapshot, " · ".join(part for part in (self.what_if.said, pace) if part))
