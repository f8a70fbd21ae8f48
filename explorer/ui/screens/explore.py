"""The main screen: one run, its curves, its gates, its confusion matrix.

It holds what the person chose (the run, the digit, the view) and passes messages on: from the
follower and the link to the widgets, and from the keys to the link.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.widgets import Footer, Label

from explorer.runs.config import configure
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder, create_run, list_runs
from explorer.runs.launch import start_engine
from explorer.runs.messages import (
    DigitFound,
    Done,
    FindDigit,
    Pause,
    Probe,
    Probed,
    Refused,
    Request,
    Resume,
    ScaleLearningRate,
    Stop,
)
from explorer.runs.summary import Summary, summarise
from explorer.runs.view import View
from explorer.ui import exporting
from explorer.ui.follower import Follower
from explorer.ui.link import Link
from explorer.ui.screens import pickers
from explorer.ui.screens.ask import AskNumber
from explorer.ui.screens.choose import Choose
from explorer.ui.screens.export import ExportForm, ExportWanted
from explorer.ui.screens.help import Help
from explorer.ui.screens.new_run import NewRun, NewRunForm
from explorer.ui.widgets.confusion import Confusion
from explorer.ui.widgets.curves import Curves
from explorer.ui.widgets.gates import Gates
from explorer.ui.widgets.status import Status, printable
from explorer.ui.widgets.tabs import VIEWS, ViewTabs

SMALL = (60, 20)
"""Columns and rows below which nothing can be shown."""
ROOMY = (118, 38)
"""Columns and rows from which all three views are shown at once."""
GATES_INTERVAL = 1.0
"""Seconds between two looks inside while training: the weights move slowly, a repaint costs 20 KB."""
RATE_STEP = 1.5
"""What a key press multiplies the learning rate with, or divides it by."""


_RATE = Binding.Group("Rate")


def _key(
    key: str,
    action: str,
    name: str,
    tip: str,
    *,
    shown: bool = True,
    display: str | None = None,
    group: Binding.Group | None = None,
) -> Binding:
    """A binding with everything that the footer, the palette and the help want."""
    return Binding(key, action, name, show=shown, key_display=display, tooltip=tip, group=group)


class Explore(Screen[None]):
    """One run at a time, live or finished."""

    AUTO_FOCUS = "#gates"

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("n", "new_run", "New", "start a new run"),
        _key("p,space", "pause", "Pause", "pause, or go on", display="p"),
        _key("s", "stop", "Stop", "stop the training; everything so far is kept"),
        _key("plus,equals_sign", "rate(1)", "Rate", "turn the learning rate up", display="+", group=_RATE),
        _key("minus", "rate(-1)", "Rate", "turn the learning rate down", display="-", group=_RATE),
        _key("c", "cell", "Cell", "switch to another cell"),
        _key("r", "runs", "Run", "switch to another run"),
        _key("e", "export", "Export", "export the graph as a picture"),
        _key("t", "theme", "Theme", "dark or light"),
        _key("question_mark,f1", "help", "Help", "every key", display="?"),
        _key("q", "quit_explorer", "Quit", "leave the explorer", display="q"),
        _key("right_square_bracket", "digit(1)", "Next digit", "the next test digit", shown=False),
        _key("left_square_bracket", "digit(-1)", "Previous digit", "the test digit before", shown=False),
        _key("g", "digit_number", "Go to digit", "a test digit by its number", shown=False),
        _key("x", "random_digit", "Random digit", "any test digit", shown=False),
        _key("m", "misread", "Next misread digit", "the next test digit that is read wrongly", shown=False),
        _key("z", "zoom", "Enlarge", "the view in focus on the whole screen, and back", shown=False),
        _key("1", "view('curves')", "Curves", "loss and accuracy", shown=False),
        _key("2", "view('gates')", "Gates", "the digit and its gates", shown=False),
        _key("3", "view('confusion')", "Confusion", "what each digit is read as", shown=False),
        _key("tab", "next_view(1)", "Next view", "the next view", shown=False),
        _key("shift+tab", "next_view(-1)", "Previous view", "the view before", shown=False),
    ]

    def __init__(self, runs_dir: Path) -> None:
        """Explore a folder of runs."""
        super().__init__()
        self._runs_dir = runs_dir
        self._follower: Follower | None = None
        self._link: Link | None = None
        self._view: View | None = None
        self._digit = 0
        self._digits = 10_000
        self._probed_step = -1
        self._probing = False
        self._zoomed = False

    def compose(self) -> ComposeResult:
        """Status, tabs, the three views, the keys."""
        yield Status()
        yield ViewTabs()
        with Container(id="views"):
            yield Curves(id="curves")
            yield Confusion(id="confusion")
            yield Gates(id="gates")
        yield Label("", id="job", markup=False)
        yield Label("", id="too-small", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Open the newest run, or start the first one."""
        for number, name in enumerate(VIEWS, start=1):
            self.query_one(f"#{name}").border_title = f"{number} {name}"
        self.set_interval(GATES_INTERVAL, self._look_inside)
        runs = list_runs(self._runs_dir)
        if runs:
            self.open_run(runs[0])
        else:
            self.start_run(NewRun(configure({}), None))

    def on_unmount(self) -> None:
        """Let go of the run; a training goes on."""
        self._close_run()

    # --- the run -----------------------------------------------------------------------------

    def open_run(self, folder: RunFolder, engine: subprocess.Popen[bytes] | None = None) -> None:
        """Show a run; `engine` is its process when it was started here."""
        self._close_run()
        self._view, self._probed_step, self._probing = None, -1, False
        self.query_one(Gates).clear("waiting for the engine …")
        self.query_one(Confusion).show(None)
        self._follower = Follower(folder, self.post_message, engine)
        self._follower.draw_on(self.query_one(Curves).canvas())
        self._follower.start()
        self._link = Link(folder, self.post_message)
        self._link.start()

    def _close_run(self) -> None:
        """Let go of the run that is shown."""
        if self._follower is not None:
            self._follower.close()
        if self._link is not None:
            self._link.close()

    @work(thread=True)
    def start_run(self, wanted: NewRun) -> None:
        """Make a run, start its engine, show it."""
        try:
            folder = create_run(self._runs_dir, wanted.config, wanted.name)
            engine = start_engine(folder)
        except (GatescopeError, OSError) as error:
            self.app.call_from_thread(self._complain, str(error))
            return
        self.app.call_from_thread(self.open_run, folder, engine)

    @on(Follower.Viewed)
    def show_view(self, message: Follower.Viewed) -> None:
        """Show what is new of the run."""
        if message.follower is not self._follower:
            return
        before, self._view = self._view, message.view
        with self.app.batch_update():
            self.query_one(Status).show(message.view)
            self.query_one(Confusion).show(message.view.evaluated)
        self._announce(before, message.view)
        if before is None or before.state != message.view.state:
            self._look_inside()

    @on(Follower.Drawn)
    def show_curves(self, message: Follower.Drawn) -> None:
        """Show the newest drawing."""
        if message.follower is self._follower:
            self.query_one(Curves).show(message.lines)

    @on(Follower.Broken)
    def show_broken(self, message: Follower.Broken) -> None:
        """Say that the run can't be shown."""
        if message.follower is self._follower:
            self.query_one(Gates).clear(message.reason)
            self._complain(message.reason)

    @on(Curves.CanvasChanged)
    def draw_elsewhere(self, message: Curves.CanvasChanged) -> None:
        """Draw the curves in another size, in other colours, or not at all."""
        if self._follower is not None:
            self._follower.draw_on(message.canvas)

    def _announce(self, before: View | None, now: View) -> None:
        """Say what a person may have missed."""
        if before is None:
            return
        if now.warning and now.warning != before.warning:
            self.notify(now.warning, title="warning", severity="warning", timeout=10)
        if now.state == before.state:
            return
        if now.state == "finished" and now.evaluated:
            self.notify(f"test accuracy {now.evaluated.accuracy:.2%}", title="finished")
        elif now.state in ("diverged", "failed", "lost"):
            self.notify(now.reason, title=now.state, severity="error", timeout=15)

    # --- looking inside ----------------------------------------------------------------------

    def _look_inside(self) -> None:
        """Ask for the activations, unless they are on the screen already or nobody sees them."""
        view = self._view
        if view is None or view.state in ("starting", "preparing") or self._probing:
            return
        if view.step != self._probed_step and self.query_one(Gates).display:
            self._ask(Probe(self._digit))

    def _ask(self, request: Request) -> None:
        """Ask the engine; the answer comes as a message."""
        if self._link is not None:
            self._probing = self._probing or isinstance(request, Probe)
            self._link.ask(request)

    @on(Link.Answered)
    def take_answer(self, message: Link.Answered) -> None:
        """Show what the engine answered."""
        if message.link is not self._link:
            return
        match message.answer:
            case Probed() as probed:
                self._probing = False
                self._probed_step = probed.step if self._view and self._view.live else self._steps()
                self._digits = probed.count
                if probed.index == self._digit % probed.count:
                    self.query_one(Gates).show(probed)
            case DigitFound(index=index):
                self._show_digit(index)
            case Refused(message=text):
                self.notify(text, severity="warning")
            case Done(message=text):
                self.notify(text, timeout=3)

    @on(Link.Unanswered)
    def miss_answer(self, message: Link.Unanswered) -> None:
        """Say that nobody answers."""
        if message.link is not self._link:
            return
        if isinstance(message.request, Probe):
            self._probing = False
            self._probed_step = self._steps()
            self.query_one(Gates).clear(f"no look inside: {message.reason}")
        else:
            self._complain(message.reason)

    def _steps(self) -> int:
        """Steps trained, as far as is known."""
        return self._view.step if self._view else 0

    def _show_digit(self, index: int) -> None:
        """Look at a test digit."""
        self._digit = index % self._digits
        self._ask(Probe(self._digit))

    @on(Confusion.Picked)
    def show_picked(self, message: Confusion.Picked) -> None:
        """Look at the next digit of a cell of the confusion matrix."""
        self._ask(FindDigit(self._digit, message.label, message.predicted))
        if self.has_class("-single"):
            self.action_view("gates")

    # --- keys --------------------------------------------------------------------------------

    def action_digit(self, by: int) -> None:
        """The next test digit, or the one before."""
        self._show_digit(self._digit + by)

    def action_random_digit(self) -> None:
        """Any test digit."""
        self._show_digit(random.randrange(self._digits))  # noqa: S311 - nothing secret

    def action_misread(self) -> None:
        """The next test digit that is read wrongly."""
        self._ask(FindDigit(self._digit))

    @work
    async def action_digit_number(self) -> None:
        """A test digit by its number."""
        number = await self.app.push_screen_wait(AskNumber("test digit", "number", 0, self._digits - 1))
        if number is not None:
            self._show_digit(number)

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self._training():
            self._ask(Resume() if self._view and self._view.state == "paused" else Pause())

    def action_stop(self) -> None:
        """End the training; everything so far is kept."""
        if self._training():
            self._ask(Stop())

    def action_rate(self, direction: int) -> None:
        """Turn the learning rate up or down."""
        if self._training():
            self._ask(ScaleLearningRate(RATE_STEP**direction))

    def _training(self) -> bool:
        """Whether there is something to pause; says so when there isn't."""
        view = self._view
        if view is not None and view.state in ("training", "paused"):
            return True
        state = view.state if view else "not there yet"
        self.notify(f"this run is {state}; n starts a new one", severity="warning", timeout=3)
        return False

    @work
    async def action_new_run(self) -> None:
        """Ask what to train, and start it."""
        wanted = await self.app.push_screen_wait(NewRunForm())
        if wanted is not None:
            self.start_run(wanted)

    @work
    async def action_cell(self) -> None:
        """Switch to the newest run of another cell, or start one."""
        summaries = await self._summaries()
        current = self._view.config.cell if self._view else ""
        choices = pickers.cells(summaries, current)
        chosen = await self.app.push_screen_wait(Choose("switch cell", choices))
        if chosen is None:
            return
        newest = next((one for one in summaries if one.file.config.cell == chosen), None)
        if newest is None:
            self.start_run(NewRun(configure({"cell": chosen}), None))
        else:
            self.open_run(newest.folder)

    @work
    async def action_runs(self) -> None:
        """Switch to another run."""
        summaries = await self._summaries()
        chosen = await self.app.push_screen_wait(Choose("switch run", pickers.runs(summaries)))
        for summary in summaries:
            if summary.folder.name == chosen:
                self.open_run(summary.folder)

    async def _summaries(self) -> list[Summary]:
        """All runs, newest first, read off the event loop."""

        def read() -> list[Summary]:
            found = (summarise(folder) for folder in list_runs(self._runs_dir))
            return [summary for summary in found if summary is not None]

        return await self.run_worker(read, thread=True, description="reading the runs").wait()

    @work
    async def action_export(self) -> None:
        """Ask what to draw, and have it drawn by a process of its own."""
        follower = self._follower
        wanted = await self.app.push_screen_wait(ExportForm())
        if wanted is not None and follower is not None:
            self._export(follower.folder, wanted)

    @work
    async def _export(self, folder: RunFolder, wanted: ExportWanted) -> None:
        """Draw, with every word of progress in a line above the keys."""
        job = self.query_one("#job", Label)
        job.add_class("-on")
        try:
            async for line in exporting.export(folder, wanted):
                job.update(f" export: {printable(line)}")
                result = line
            self.notify(printable(result), title="exported", timeout=10)
        except GatescopeError as error:
            self._complain(str(error))
        finally:
            job.remove_class("-on")

    def action_theme(self) -> None:
        """Dark to light, and back."""
        self.app.toggle_theme()  # type: ignore[attr-defined]

    def action_help(self) -> None:
        """Every key."""
        self.app.push_screen(Help())

    @work
    async def action_quit_explorer(self) -> None:
        """Leave; while a run is live, ask what shall become of it."""
        chosen: str | None = "keep"
        if self._view is not None and self._view.live:
            chosen = await self.app.push_screen_wait(Choose("the training is still running", pickers.LEAVING))
        if chosen == "stop" and self._link is not None:
            self._link.ask(Stop())
            await asyncio.sleep(0.2)
        if chosen is not None:
            self.app.exit(0)

    def _complain(self, message: str) -> None:
        """Say what went wrong; the program goes on."""
        self.notify(message, severity="error", timeout=10)

    # --- which view --------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        """Show a view, and give it the keys."""
        for view in VIEWS:
            self.query_one(f"#{view}").set_class(view == name, "-active")
        self.query_one(ViewTabs).active = name
        self.query_one(f"#{name}").focus()

    def action_next_view(self, by: int) -> None:
        """The next view, round the end."""
        active = VIEWS.index(self.query_one(ViewTabs).active)
        self.action_view(VIEWS[(active + by) % len(VIEWS)])

    def action_zoom(self) -> None:
        """The view in focus on the whole screen, and back."""
        self._zoomed = not self._zoomed
        self._arrange(self.size.width, self.size.height)

    @on(ViewTabs.Chosen)
    def choose_view(self, message: ViewTabs.Chosen) -> None:
        """Show the view whose tab was clicked."""
        self.action_view(message.view)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The view that was clicked is the active one."""
        if event.widget.id in VIEWS and event.widget.id != self.query_one(ViewTabs).active:
            self.action_view(event.widget.id)

    def on_resize(self, event: Resize) -> None:
        """All views at once, one at a time, or none."""
        self._arrange(event.size.width, event.size.height)

    def _arrange(self, width: int, height: int) -> None:
        """Choose the arrangement for a size."""
        tiny = width < SMALL[0] or height < SMALL[1]
        small = width < ROOMY[0] or height < ROOMY[1]
        self.set_class(tiny, "-tiny")
        self.set_class(small or self._zoomed, "-single")
        self.set_class(small, "-small")
        if tiny:
            text = f"{width}×{height}\n\nthe explorer needs {SMALL[0]}×{SMALL[1]}:\nenlarge the terminal"
            self.query_one("#too-small", Label).update(text)
        self.action_view(self.query_one(ViewTabs).active)
