"""The main screen: one run, its curves, its gates, its confusion matrix.

It passes messages on: from the session to the widgets, and from the keys to the session. What needs a
dialog first is in `errands`.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.widgets import Label

from explorer.protocol.messages import (
    Continue,
    Done,
    FindSample,
    Pause,
    Probe,
    Probed,
    Refused,
    SampleFound,
    ScaleLearningRate,
    Stop,
)
from explorer.runs.catalogue import list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.keys import bindings
from explorer.ui.base.size import SMALLEST, has_room
from explorer.ui.base.themes import toggle_brightness
from explorer.ui.live.follower import Follower
from explorer.ui.live.link import Link
from explorer.ui.live.open_run import OpenRun
from explorer.ui.screens.errands import TAKEN_UP, Errands
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.terminal.budget import Budget
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.curves import Curves
from explorer.ui.widgets.keyline import KeyLine
from explorer.ui.widgets.status import Status

PROBE_INTERVAL: Final = 1.0
"""Seconds between two looks inside while training, where they can be afforded: one sends 10 to 30 KB."""
RATE_STEP: Final = 1.5
"""What a key press multiplies the learning rate with, or divides it by."""


class Explore(Errands):
    """One run at a time, live or finished."""

    AUTO_FOCUS = "#gates"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(self, runs_dir: Path, run: RunFolder | None, budget: Budget) -> None:
        """Explore a folder of runs, beginning with this or the newest one, within a budget."""
        super().__init__(runs_dir)
        self._first = run
        self._budget = budget
        # Kept here, not looked up: what a thread has to say may come while the screen is being taken down.
        self.status = Status()
        self.views = ViewGrid()

    def compose(self) -> ComposeResult:
        """Status, views, the line of an export, the keys."""
        yield self.status
        yield self.views
        yield Label("", id="job", markup=False)
        yield Label("", id="too-small", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Open the run that was asked for, or the newest, or start the first one."""
        self.set_interval(PROBE_INTERVAL, self._look_inside)
        runs = [self._first] if self._first else list_runs(self.runs_dir)
        if runs:
            self.open_run(runs[0])
        else:
            self.start_run(NewRun(configure({}), None))

    def on_unmount(self) -> None:
        """Let go of the run; a training goes on."""
        if self.session is not None:
            self.session.close()

    def on_resize(self, event: Resize) -> None:
        """Say so where there is no room for anything."""
        width, height = self.app.size
        self.set_class(not has_room(width, height), "-tiny")
        text = f"{width}×{height}\nthe explorer needs {SMALLEST[0]}×{SMALLEST[1]}"
        self.query_one("#too-small", Label).update(text)

    def complain(self, message: str) -> None:
        """Say what went wrong; where there is no run to look at, it stays on the screen."""
        super().complain(message)
        if self.session is None:
            self.views.gates.clear(message)

    # What the session says

    def open_run(self, folder: RunFolder, engine: subprocess.Popen[bytes] | None = None) -> None:
        """Show a run, at the digit that was looked at; `engine` is its process when it was started here."""
        digit = 0
        if self.session is not None:
            digit = self.session.digit
            self.session.close()
        self.views.gates.clear("waiting for the engine …")
        self.views.confusion.show(None)
        self.session = OpenRun(folder, self.post_message, self._budget, engine, digit)
        self.session.follower.draw_on(self.views.curves.canvas())

    @on(Follower.SnapshotTaken)
    def show_view(self, message: Follower.SnapshotTaken) -> None:
        """Show what is new of the run."""
        session = self.session
        if session is None or message.follower is not session.follower:
            return
        before, session.view = session.view, message.view
        with self.app.batch_update():
            self.status.show(message.view)
            if not session.learning or self._budget.solvent:
                self.views.confusion.show(message.view.evaluated)
        self._announce(before, message.view)
        if before is None or before.state != message.view.state:
            self._look_inside()

    @on(Follower.Drawn)
    def show_curves(self, message: Follower.Drawn) -> None:
        """Show the newest drawing."""
        if self.session is not None and message.follower is self.session.follower:
            self.views.curves.show(message.lines)

    @on(Follower.Broken)
    def show_broken(self, message: Follower.Broken) -> None:
        """Say that the run can't be shown."""
        if self.session is not None and message.follower is self.session.follower:
            self.views.gates.clear(message.reason)
            self.complain(message.reason)

    @on(Link.Answered)
    def take_answer(self, message: Link.Answered) -> None:
        """Show what the engine answered."""
        session = self.session
        if session is None or message.link is not session.link:
            return
        match message.answer:
            case Probed() as probed:
                if session.take(probed):
                    self.views.gates.show(probed, session.learning)
            case SampleFound(index=index):
                session.look_at(index)
            case Refused(message=text) if isinstance(message.request, Probe):
                self._miss_gates(text)
            case Refused(message=text):
                self.say(text, severity="warning")
            case Done(message=text):
                self.say(text, timeout=3)

    @on(Link.Unanswered)
    def miss_answer(self, message: Link.Unanswered) -> None:
        """Say that nobody answers."""
        session = self.session
        if session is None or message.link is not session.link:
            return
        if isinstance(message.request, Probe):
            self._miss_gates(message.reason)
        else:
            self.complain(message.reason)

    def _miss_gates(self, reason: str) -> None:
        """Say why there are no gates; they are asked for again as soon as the run has changed."""
        if self.session is not None:
            self.session.give_up()
            self.views.gates.clear(f"gates unavailable: {reason}")

    def _announce(self, before: Snapshot | None, now: Snapshot) -> None:
        """Say what a person may have missed."""
        if before is None:
            return
        if now.warning and now.warning != before.warning:
            self.say(now.warning, title="warning", severity="warning", timeout=10)
        if now.state == before.state:
            return
        if now.state == "finished" and now.evaluated:
            self.notify(f"test accuracy {now.evaluated.accuracy:.2%}", title="finished")
        elif now.state in ("diverged", "failed", "lost"):
            there = self.session is not None and self.session.folder.path.is_dir()
            hint = "; p goes on with it" if there and now.state in TAKEN_UP else ""
            self.say(now.reason + hint, title=now.state, severity="error", timeout=15)

    def _look_inside(self) -> None:
        """Bring the gates up to date, if anybody sees them, and it can be afforded."""
        if self.session is not None and self.views.gates.display and self._budget.solvent:
            self.session.look_inside()

    # What the widgets say

    @on(Curves.CanvasChanged)
    def draw_elsewhere(self, message: Curves.CanvasChanged) -> None:
        """Draw the curves in another size, in other colours, or not at all."""
        if self.session is not None:
            self.session.follower.draw_on(message.canvas)

    @on(Confusion.Picked)
    def show_picked(self, message: Confusion.Picked) -> None:
        """Look at the next digit of a cell of the confusion matrix."""
        if self.session is not None:
            self.session.ask(FindSample(self.session.digit, message.label, message.predicted))
            if self.views.single:
                self.views.activate("gates")

    # What the keys say

    def action_sample(self, by: int) -> None:
        """The next test digit, or the one before."""
        if self.session is not None:
            self.session.look_at(self.session.digit + by)

    def action_random_sample(self) -> None:
        """Any test digit."""
        if self.session is not None:
            self.session.look_at(random.randrange(self.session.digits))  # noqa: S311 - nothing secret

    def action_misread(self) -> None:
        """The next test digit that is read wrongly."""
        if self.session is not None:
            self.session.ask(FindSample(self.session.digit))

    def action_pause(self) -> None:
        """Pause, or go on: also with a run that nobody trains any more."""
        state = self.session.view.state if self.session and self.session.view else None
        if state in TAKEN_UP:
            self.take_up()
            return
        session = self.training()
        if session is not None:
            session.ask(Continue() if state == "paused" else Pause())

    def action_stop(self) -> None:
        """End the training; everything so far is kept."""
        session = self.training()
        if session is not None:
            session.ask(Stop())

    def action_rate(self, direction: int) -> None:
        """Turn the learning rate up or down."""
        session = self.training()
        if session is not None:
            session.ask(ScaleLearningRate(RATE_STEP**direction))

    def action_view(self, name: str) -> None:
        """Show a view, and give it the keys."""
        self.views.activate(name)

    def action_next_view(self, by: int) -> None:
        """The next view, round the end."""
        self.views.activate_next(by)

    def action_zoom(self) -> None:
        """The active view on the whole screen, and back."""
        self.views.enlarged = not self.views.enlarged

    def action_theme(self) -> None:
        """Dark to light, and back."""
        toggle_brightness(self.app)

    def action_help(self) -> None:
        """Every key."""
        self.app.push_screen("help")
