"""The main screen: one run, and the views of it.

It owns what is chosen, and passes messages on: from the open run to the views (`presenter`), and from the
keys to the open run. What a dialog asks is in `errands`, what is said in passing in `notices`.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key, Resize
from textual.message import Message
from textual.widgets import Label

from explorer.protocol.messages import (
    Continue,
    Done,
    FindSample,
    Pause,
    Refused,
    Reply,
    Request,
    SampleFound,
    ScaleLearningRate,
    Stop,
)
from explorer.protocol.probes import lacking_memory
from explorer.protocol.questions import Answers, Ask, Given, Sample
from explorer.runs.catalogue import Newest, list_runs, newest_of
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine
from explorer.runs.manage import Deleted, Renamed
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.system.errors import GatescopeError
from explorer.system.path_text import path_text
from explorer.ui.base.size import SMALLEST, has_room
from explorer.ui.base.textual_patches import PatchedScreen
from explorer.ui.base.themes import toggle_brightness
from explorer.ui.live.follower import Follower
from explorer.ui.live.heavy import HeavyLink
from explorer.ui.live.link import Link
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.live.run_message import RunMessage
from explorer.ui.screens import errands
from explorer.ui.screens.drawings import Drawings
from explorer.ui.screens.export import Shown
from explorer.ui.screens.exporter import Exporter
from explorer.ui.screens.gate import Gate, errand
from explorer.ui.screens.intervene import Reading
from explorer.ui.screens.keys import bindings, useful_in
from explorer.ui.screens.messages import Messages
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.notices import news, not_steerable, remark, skipped_runs
from explorer.ui.screens.page_tabs import LOW, show_tabs
from explorer.ui.screens.play import Play
from explorer.ui.screens.presenter import Presenter
from explorer.ui.screens.run_lines import is_at
from explorer.ui.screens.starter import Starter
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.screens.what_if import WhatIf
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.belief import Belief
from explorer.ui.views.choice import Choice
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.curves import Curves
from explorer.ui.views.draw import Draw
from explorer.ui.views.mistakes import Mistakes
from explorer.ui.views.unit_order import after as next_order
from explorer.ui.views.wishes import AllWanted, Changed, Said, Unwanted
from explorer.ui.widgets.keyline import KeyLine
from explorer.ui.widgets.message_line import MessageLine, Notice
from explorer.ui.widgets.status import Status

PROBE_INTERVAL: Final = 0.25
"""Seconds between two probes while training, if the terminal shows the picture before: one has 5 to 30 KB."""
LOW_SECONDS: Final = 5.0
"""Seconds for which it does."""
NOTHING_OPEN: Final = "no run is open; n starts one"
"""What the views show while there is no run."""
STALE: Final = 1.0
"""Seconds after which a message goes when the run's state changes: what it says was true before. That a
training is about to stop goes at once."""
RATE_STEP: Final = 1.5
"""What a key press multiplies the learning rate by, or divides it by."""


class Explore(PatchedScreen[None]):
    """One run at a time, live or finished."""

    AUTO_FOCUS = "#gates"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    class Left(Message):
        """A person has left."""

        def __init__(self, complaint: str) -> None:
            """Carry what went wrong, in one line; empty: nothing."""
            super().__init__()
            self.complaint = complaint

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
        self._too_small = Label("", id="too-small", markup=False)
        self.gate = Gate(self, lambda: self.run)
        """What opens dialogs over this screen: one at a time."""
        self._starter = Starter(self.gate, runs_dir, self.open_run)
        self._before: RunFolder | None = None
        self._stopping: Notice | None = None  # what the engine said that it is about to do
        self.what_if = WhatIf(self.choice, self.say)
        """Changes what is asked about, besides the sample."""
        self.choice.observe(lambda before, now: self._show_status())
        self.play = Play(self.choice, pace, lambda: self.views.timesteps)
        """Lets the network read."""
        self.exporter = Exporter(self.gate, self.message_line, self.say, self.complain)
        """Exports; it knows where the newest file is."""
        draw = self.views.views["draw"]
        assert isinstance(draw, Draw)
        self._drawings = Drawings(self.gate, draw, self.say, self.complain)

    def compose(self) -> ComposeResult:
        """Status with its tabs, views, the line of messages, the keys."""
        show_tabs(self.status, self.views.now, self.app.size.height)  # before the first layout: none moves
        yield self.status
        yield self.views
        yield self._too_small
        yield self.message_line
        yield self.key_line

    def on_mount(self) -> None:
        """Open the run that was asked for, or the newest, or start the first one."""
        self.set_interval(PROBE_INTERVAL, self.presenter.keep_up)
        run, skipped = self._first or newest_of(list_runs(self.runs_dir))
        if run is None:
            self.gate.follow(partial(self.start_run, NewRun(configure({}), None)))
        else:
            self.open_run(run)
        if skipped:
            self.say(skipped_runs(skipped))

    def on_unmount(self) -> None:
        """Let go of the run; a training continues."""
        self.run.close()
        self._read_only.close()

    def on_resize(self, event: Resize) -> None:
        """Say so where there is no room to show anything; arrange the lines for the new height."""
        width, height = self.app.size
        self.set_class(not has_room(width, height), "-tiny")
        self.set_class(height < LOW, "-low")
        text = f"{width}×{height}\nthe explorer needs {SMALLEST[0]}×{SMALLEST[1]}"
        self._too_small.update(text)
        self.views.fit_views()
        show_tabs(self.status, self.views.now, height)

    @on(ViewGrid.Arranged)
    def show_arrangement(self, message: ViewGrid.Arranged) -> None:
        """Show the tabs, and the keys of the active view; ask what the views need that are shown now."""
        show_tabs(self.status, message.shown, self.app.size.height)
        self._show_keys()
        self.presenter.keep_up()

    @on(MessageLine.Showing)
    def make_room(self, message: MessageLine.Showing) -> None:
        """In a low terminal, a message takes the line of the keys for as long as it lasts."""
        self.set_class(message.message, "-message")

    def _show_keys(self) -> None:
        """Show the keys that do something now."""
        zoom = "" if not self.views.can_enlarge else "Whole page" if self.views.enlarged else "Enlarge"
        self.key_line.show(useful_in(self.views.active), self.run.snapshot, zoom)

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

    # Opening and starting runs

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

    # Messages of the open run

    @on(RunMessage)
    def receive(self, message: RunMessage) -> None:
        """Show what the open run says. A message of a run that was closed meanwhile is dropped here."""
        if message.source.closed:
            return
        match message:
            case Follower.SnapshotTaken(snapshot=snapshot):
                self._show_snapshot(snapshot)
            case Follower.Drawn(lines=lines):
                self._curves.offer(lines)
                self.presenter.keep_up()
            case Follower.NeverStarted(reason=reason):
                before = self._before
                self.leave_run(before if before is not None and before.is_readable() else None)
                self.gate.follow(partial(self._starter.ask_again, reason))
            case Follower.Broken(reason=reason):
                self.complain(reason)
            case Link.Answered(request=request, answer=answer):
                self._show_answer(request, answer)
            case Link.Unanswered(request=Ask(), reason=reason):
                self.presenter.miss(reason)
            case Link.Unanswered(reason=reason):
                self.complain(reason)
            case HeavyLink.Progressed() | HeavyLink.Answered() | HeavyLink.Unanswered():
                if trouble := self.presenter.show_heavy(message):
                    self.complain(f"can't evaluate: {trouble}")

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what is new of the run."""
        before, self.run.snapshot = self.run.snapshot, snapshot
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

    def _remark(self, said: Notice | None) -> None:
        """Show what a person should know about the run; what is wrong is also a message, to be read again."""
        if said is not None and said.severity != "information" and said != self.message_line.remarked:
            self.say(said)
        self.message_line.remark(said)

    def _show_answer(self, request: Request, answer: Reply) -> None:
        """Show what the engine answered."""
        match answer:
            case Answers():
                self.presenter.show_answers(answer)
            case SampleFound(index=index):
                self.choose_sample(index)
            case Refused(message=text) if isinstance(request, Ask):
                self.presenter.miss(text)
            case Refused(message=text):
                self.say(Notice(text, "warning"))
            case Done(message=text) if not isinstance(request, Stop):
                self.say(Notice(text))
            case Done(message=text) if self.run.snapshot.steerable:  # it hasn't stopped yet
                self.say(Notice(text))
                self._stopping = self.message_line.shown

    # Messages of the views

    @on(Curves.CanvasChanged)
    def draw_elsewhere(self, message: Curves.CanvasChanged) -> None:
        """Draw the curves in another size, in other colours, or not at all."""
        self.run.follower.draw_on(message.canvas)

    @on(Confusion.Picked)
    def show_picked(self) -> None:
        """Show the samples of the square that is chosen in the confusion matrix."""
        self.views.activate("mistakes")

    @on(Mistakes.Read)
    def read_mistake(self, message: Mistakes.Read) -> None:
        """Read one of these samples."""
        self.choose_sample(message.index)
        self.views.turn("read")
        self.views.activate("gates")

    @on(Mistakes.Back)
    def show_matrix(self) -> None:
        """Show the matrix again."""
        self.views.activate("confusion")

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

    @property
    def _curves(self) -> Curves:
        """The view that the follower draws."""
        curves = self.views.views["curves"]
        assert isinstance(curves, Curves)
        return curves

    # Keys: the run

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
        elif await errands.ask_stop(self.gate, lambda: run.snapshot.steerable):
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

    @errand()
    async def action_runs(self) -> None:
        """Switch to another run."""
        chosen = await errands.choose_run(self.gate, self.runs_dir, self.run.folder.path, self._follow_change)
        if chosen is None:
            return
        try:
            chosen.read()
        except GatescopeError as error:  # the run that is open stays open
            self.complain(str(error))
        else:
            self.open_run(chosen)

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

    @errand(first=True)
    async def action_quit_explorer(self) -> None:
        """Leave; while a run is live that can be stopped from here, ask whether to keep it running."""
        run, complaint = self.run, ""
        asked = run.snapshot.live and run.snapshot.away is None
        chosen = await errands.ask_leaving(self.gate, run.snapshot) if asked else "keep"
        if chosen == "stop":
            self.say(Notice("stopping the training …"))
            complaint = await asyncio.to_thread(run.stop)
        if chosen is not None:
            self.post_message(self.Left(complaint))

    # Keys: the sample

    @property
    def _sample(self) -> int:
        """The test sample that is chosen, or was before something was drawn."""
        return self.choice.sample

    def choose_sample(self, index: int) -> None:
        """Choose a test sample; past the last one, start again from the first."""
        self.choice.select(subject=Sample(index % self.run.samples))

    def action_sample(self, by: int) -> None:
        """The next test sample, or the one before."""
        self.choose_sample(self._sample + by)

    def action_random_sample(self) -> None:
        """Any test sample."""
        self.choose_sample(random.randrange(self.run.samples))  # noqa: S311 - nothing secret

    def action_misread(self) -> None:
        """The next test sample that is misread."""
        self.run.ask(FindSample(self._sample))

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

    # Keys: the units

    @errand(about_run=True)
    async def action_unit_number(self) -> None:
        """A hidden unit by its number."""
        number = await errands.ask_unit(self.gate, self.run.snapshot.config.hidden)
        if number is not None:
            self.choice.change(unit=number)

    def action_order(self, again: bool) -> None:
        """Put the units into the next order, or into the same one by the newest weights."""
        cell, now = self.run.snapshot.config.cell, self.choice.now
        by = now.ordering or now.order.by
        lacking = lacking_memory("half-life", cell)
        following = by if again else next_order(by, memory=not lacking)
        if lacking and following == "vote" and not again:
            self.say(Notice(lacking))
        elif again and by == "number":
            self.say(Notice("the units stand by number; o orders them"))
        self.choice.order_by(following)

    # Keys: what is asked about, besides the sample

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

    def _show_status(self) -> None:
        """Show what the run does, what is chosen besides the sample, and how the line to the terminal is."""
        pace = "lean" if self._pace.lean else "slow line" if self._pace.slow else ""
        self.status.show(self.run.snapshot, " · ".join(part for part in (self.what_if.said, pace) if part))

    # Keys: the screen

    def action_blanked(self) -> None:
        """The belief if the sample ended at each timestep, or went on blank."""
        belief = self.views.views["belief"]
        assert isinstance(belief, Belief)
        belief.blanked = not belief.blanked

    def action_page(self, name: str) -> None:
        """Show a page."""
        self.views.turn(name)

    def action_view(self, name: str) -> None:
        """Show a view, and move the focus to it."""
        self.views.activate(name)

    def action_next_view(self, by: int) -> None:
        """The next view of the page; after the last one, the first."""
        self.views.activate_next(by)

    def action_zoom(self) -> None:
        """The active view on the whole page, and back."""
        if not self.views.can_enlarge:
            self.say(Notice("this view already fills the screen"))
            return
        self.views.enlarged = not self.views.enlarged

    def action_theme(self) -> None:
        """Dark to light, and back."""
        toggle_brightness(self.app)

    def action_help(self) -> None:
        """Every key."""
        self.gate.show(lambda: "help")

    @errand(about_run=True)
    async def action_export(self) -> None:
        """Ask what to export, and have a separate process do it."""
        run = self.run
        if not run.opened:
            self.say(not_steerable(run.snapshot))
            return
        selection, drawn = self.choice.now.selection, ""
        if isinstance(selection.subject, Given) and not (drawn := await self._drawings.path(run.folder)):
            return  # an export reads a drawing from its file
        if wanted := await self.exporter.ask(
            Shown(
                run.snapshot.shape.timesteps,
                run.samples,
                selection,
                self.choice.now.timestep,
                self.choice.now.unit,
                drawn,
            )
        ):
            self.app.run_worker(self.exporter.export(run.folder, wanted))

    def action_copy_path(self) -> None:
        """Copy the path of the newest export, else of the run, to the clipboard, through the terminal."""
        if not self.run.opened:
            self.say(not_steerable(self.run.snapshot))
            return
        exported = self.exporter.path
        path = exported if exported and Path(exported).exists() else path_text(self.run.folder.path.resolve())
        self.app.copy_to_clipboard(path)
        self.say(Notice(f"sent to the terminal's clipboard: {path}"))

    def action_messages(self) -> None:
        """The last messages, whole."""
        self.gate.show(lambda: Messages(self.message_line.said, remark(self.run.snapshot)))
