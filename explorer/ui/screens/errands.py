"""What the main screen does after asking something: a new run, another run, a picture, leaving."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Literal

from textual import work
from textual.widgets import Label

from explorer.runs.catalogue import create_run, list_runs, live_elsewhere
from explorer.runs.config import MOST_EPOCHS, configure
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder
from explorer.runs.launch import start_engine
from explorer.runs.summary import Summary, newest_of_each_cell, summarise_all
from explorer.runs.text import printable
from explorer.ui.base.textual_patches import Fitted
from explorer.ui.live import export_process
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.live.open_run import OpenRun
from explorer.ui.screens import run_lines
from explorer.ui.screens.choose_dialog import ChooseDialog
from explorer.ui.screens.export import ExportForm
from explorer.ui.screens.new_run import NewRun, NewRunForm
from explorer.ui.screens.number_dialog import NumberDialog
from explorer.ui.widgets.choice_list import MOST

TAKEN_UP: Final = frozenset({"stopped", "failed", "lost", "finished"})
"""States of a run that nobody trains, and that can go on."""


class Errands(Fitted[None]):
    """The half of the main screen that talks to the dialogs and to the disk."""

    def __init__(self, runs_dir: Path) -> None:
        """Run errands in a folder of runs."""
        super().__init__()
        self.runs_dir = runs_dir
        """The folder of all runs."""
        self.session: OpenRun | None = None
        """The run that is shown."""

    def open_run(self, folder: RunFolder, engine: subprocess.Popen[bytes] | None = None) -> None:
        """Show a run."""
        raise NotImplementedError

    def complain(self, message: str) -> None:
        """Say what went wrong; the program goes on."""
        self.say(message, severity="error", timeout=10)

    def say(
        self,
        message: str,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
    ) -> None:
        """Show a text that comes from elsewhere: as markup, a bracket in it could end the program."""
        self.notify(printable(message), title=title, severity=severity, timeout=timeout, markup=False)

    def training(self) -> OpenRun | None:
        """The session, if its run is training or paused; says so when it isn't."""
        state = self.session.view.state if self.session and self.session.view else "not there yet"
        if state in ("training", "paused"):
            return self.session
        what = "p goes on with it" if state in TAKEN_UP else "n starts a new one"
        self.notify(f"this run is {state}; {what}", severity="warning", timeout=3)
        return None

    @work(thread=True)
    def start_run(self, wanted: NewRun) -> None:
        """Make a run, start its engine, show it."""
        try:
            folder = create_run(self.runs_dir, wanted.config, wanted.name)
            engine = start_engine(folder)
        except (GatescopeError, OSError) as error:
            self.app.call_from_thread(self.complain, str(error))
            return
        self.app.call_from_thread(self.open_run, folder, engine)

    @work
    async def take_up(self) -> None:
        """Have an engine go on with a run that nobody trains; of a finished one, ask for how long."""
        session = self.session
        if session is None or session.view is None:
            return
        arguments: list[str] = []
        if session.view.state == "finished":
            done = session.view.config.epochs
            question = NumberDialog("train longer", "epochs in all", done + 1, MOST_EPOCHS)
            epochs = await self.app.push_screen_wait(question)
            if epochs is None:
                return
            arguments = ["--epochs", str(epochs)]
        try:
            engine = start_engine(session.folder, *arguments)
        except OSError as error:
            self.complain(f"cannot start an engine in {session.folder.path}: {error.strerror}")
        else:
            self.open_run(session.folder, engine)

    @work
    async def action_new_run(self) -> None:
        """Ask what to train, and start it."""
        wanted = await self.app.push_screen_wait(NewRunForm())
        if wanted is not None:
            self.start_run(wanted)

    @work
    async def action_cell(self) -> None:
        """Switch to the newest run of another cell, or start one."""
        newest = await asyncio.to_thread(newest_of_each_cell, self.runs_dir)
        view = self.session.view if self.session else None
        choices = run_lines.cells(newest, view.config.cell if view else "")
        chosen = await self.app.push_screen_wait(ChooseDialog("switch cell", choices))
        if chosen in newest:
            self.open_run(newest[chosen].folder)
        elif chosen is not None:
            self.start_run(NewRun(configure({"cell": chosen}), None))

    @work
    async def action_runs(self) -> None:
        """Switch to another run."""
        found = self._summaries()
        first = run_lines.runs(await anext(found, []))
        more = (run_lines.runs(some) async for some in found)
        chosen = await self.app.push_screen_wait(ChooseDialog("switch run", first, more))
        if chosen is not None:
            self.open_run(RunFolder(Path(chosen)))

    async def _summaries(self) -> AsyncIterator[list[Summary]]:
        """All runs here, newest first, then those that are trained elsewhere; a screenful at a time.

        They are read off the event loop: 500 take 0.3 s.
        """
        folders = await asyncio.to_thread(lambda: list_runs(self.runs_dir) + live_elsewhere(self.runs_dir))
        for start in range(0, len(folders), MOST):
            some = folders[start : start + MOST]
            yield await asyncio.to_thread(summarise_all, some)

    @work
    async def action_sample_number(self) -> None:
        """A test digit by its number."""
        session = self.session
        if session is not None:
            question = NumberDialog("test digit", "number", 0, session.digits - 1)
            number = await self.app.push_screen_wait(question)
            if number is not None:
                session.look_at(number)

    @work
    async def action_export(self) -> None:
        """Ask what to draw, and have it drawn by a process of its own."""
        session = self.session
        wanted = await self.app.push_screen_wait(ExportForm())
        if wanted is not None and session is not None:
            self._export(session.folder, wanted)

    @work
    async def _export(self, folder: RunFolder, wanted: ExportWanted) -> None:
        """Draw, with every word of progress in a line above the keys."""
        job = self.query_one("#job", Label)
        job.add_class("-on")
        line = ""
        try:
            async for line in export_process.export(folder, wanted):
                job.update(f" export: {printable(line)}")
            self.say(line, title="exported", timeout=15)
        except (GatescopeError, OSError) as error:
            self.complain(str(error))
        finally:
            job.remove_class("-on")

    @work
    async def action_quit_explorer(self) -> None:
        """Leave; while a run is live, ask what shall become of it."""
        chosen: str | None = "keep"
        session = self.session
        if session is not None and session.view is not None and session.view.live:
            chosen = await self.app.push_screen_wait(ChooseDialog("a training is running", run_lines.LEAVING))
        if chosen == "stop" and session is not None:
            await asyncio.to_thread(session.stop)
        if chosen is not None:
            self.app.exit(0)
