"""Starting a training: the form, the question whether there may be a second one, what follows a failure."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from explorer.runs.catalogue import all_runs, create_run
from explorer.runs.config import Config
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine, start_engine
from explorer.runs.race import begin_race
from explorer.runs.race_plan import plan
from explorer.runs.shape import Shape
from explorer.runs.summary import Summary, summarise
from explorer.system.errors import GatescopeError, label
from explorer.ui.live.open_run import OpenRun
from explorer.ui.screens import errands
from explorer.ui.screens.errands import Draft
from explorer.ui.screens.gate import Gate
from explorer.ui.screens.new_run import NewRun, as_typed
from explorer.ui.screens.race_dialog import ask_race

_BUSY: Final = frozenset({"starting", "preparing", "training"})
"""States of a run beside which another one would share the processor."""
_FLAG: Final = re.compile(r"--([a-z-]+)[^:]*: ")
"""How a failure begins that is about an option, in the words of the command line."""


class Starter:
    """Asks what to train until it trains or is given up: nothing typed is lost when a start fails."""

    def __init__(
        self, gate: Gate, runs_dir: Path, opened: Callable[[RunFolder, StartedEngine], object]
    ) -> None:
        """Start trainings in a folder of runs; `opened` shows each."""
        self._gate, self._runs_dir, self._opened = gate, runs_dir, opened
        self._draft: Draft = {}
        self._newest: NewRun | None = None
        self._supervisor: StartedEngine | None = None

    async def ask(self, error: str = "") -> bool:
        """Ask what to train, and start it; `error` says why the last one could not be started.

        Returns:
            Whether a training was started.
        """
        wanted = await errands.ask_new_run(self._gate, self._runs_dir, self._draft, error)
        return wanted is not None and await self.start(wanted)

    async def start(self, wanted: NewRun) -> bool:
        """Start a training, if a person wants it beside those that run; if it fails, ask again.

        Returns:
            Whether a training was started.
        """
        if not await self._wanted():
            return False
        self._newest = wanted
        try:
            folder, engine = await asyncio.to_thread(self._begin, wanted)
        except GatescopeError as error:
            return await self.ask_again(str(error))
        self._draft.clear()
        self._opened(folder, engine)
        return True

    async def ask_again(self, error: str) -> bool:
        """Bring back the form of the training that was started last, which failed for this reason.

        Returns:
            Whether a training was started.
        """
        if self._newest is not None:
            self._draft.update(as_typed(self._newest))
        return await self.ask(in_form(error))

    async def resume(self, run: OpenRun) -> None:
        """Have an engine resume a run; ask how long to train it, if it is finished, with which rate, if it
        diverged, and whether to, beside others.

        Raises:
            OSError: the engine can't be started.
        """
        arguments = []
        if run.snapshot.state == "finished":
            trained = run.snapshot.config.epochs
            epochs = await errands.ask_epochs(self._gate, trained, lambda: run.snapshot.resumable)
            if epochs is None:
                return
            arguments = ["--epochs", str(epochs)]
        elif run.snapshot.state == "diverged":
            rate = await errands.ask_lower_rate(self._gate, run.snapshot, lambda: run.snapshot.resumable)
            if rate is None:
                return
            arguments = ["--lr", repr(rate)]
        if not await self._wanted():
            return
        self._opened(run.folder, start_engine(run.folder, *arguments))

    async def race(self, config: Config, shape: Shape) -> tuple[RunFolder, ...]:
        """Start a race of all cells with one like this, on samples of this shape, if that is wanted.

        Returns:
            Its runs; none if it isn't wanted.

        Raises:
            GatescopeError: there can be no such race, or it can't be started; there are no runs of it.
        """
        entrants = plan(config, shape)
        if not await ask_race(self._gate, entrants) or not await self._wanted():
            return ()
        folders, self._supervisor = await asyncio.to_thread(begin_race, self._runs_dir, entrants)
        return folders

    def _begin(self, wanted: NewRun) -> tuple[RunFolder, StartedEngine]:
        """Make the run, and start its engine.

        Raises:
            GatescopeError: the run can't be made, or the engine can't be started, and there is no run.
        """
        folder = create_run(self._runs_dir, wanted.config, wanted.name)
        try:
            return folder, start_engine(folder)
        except OSError as error:
            shutil.rmtree(folder.path, ignore_errors=True)  # else its name would be taken at the next try
            raise GatescopeError(f"can't start an engine in {folder.path}: {error.strerror}") from None

    async def _wanted(self) -> bool:
        """Whether a training is wanted beside those that run; nobody is asked where none does."""
        running = await asyncio.to_thread(self._running)
        names = [f"{one.folder.name} ({one.share:.0%})" for one in running]

        def still() -> bool:
            """Whether one of them still runs."""
            return any(one.folder.engine() is not None for one in running)

        return not running or await errands.ask_second_training(self._gate, names, still)

    def _running(self) -> list[Summary]:
        """The trainings that run now, here or elsewhere."""
        live = (summarise(folder) for folder in all_runs(self._runs_dir) if folder.engine() is not None)
        return [one for one in live if isinstance(one, Summary) and one.state in _BUSY]


def in_form(failure: str) -> str:
    """A failure in the words of the form: `device: torch finds …` for `--device cuda: torch finds …`."""
    about = _FLAG.match(failure)
    return f"{label(about[1].replace('-', '_'))}: {failure[about.end() :]}" if about else failure
