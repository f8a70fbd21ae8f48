"""What the main screen asks with a dialog: each function opens one, and returns the answer or None."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from textual.app import App

from explorer.runs.catalogue import list_runs, live_elsewhere
from explorer.runs.config import MOST_EPOCHS, configure
from explorer.runs.folder import RunFolder
from explorer.runs.summary import Summary, Unreadable, newest_of_each_cell, summarise_all
from explorer.ui.screens import run_lines
from explorer.ui.screens.choose_dialog import ChooseDialog
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.number_dialog import NumberDialog
from explorer.ui.widgets.choice_list import MOST


async def choose_cell(app: App[int], runs_dir: Path, current: str) -> RunFolder | NewRun | None:
    """The newest run of another cell, or a new run of a cell that has none; `current` is listed last."""
    newest = await asyncio.to_thread(newest_of_each_cell, runs_dir)
    chosen = await app.push_screen_wait(ChooseDialog("switch cell", run_lines.cells(newest, current)))
    if chosen is None:
        return None
    return newest[chosen].folder if chosen in newest else NewRun(configure({"cell": chosen}), None)


async def choose_run(app: App[int], runs_dir: Path) -> RunFolder | None:
    """A run of a folder, or one that is training elsewhere."""
    found = _summaries(runs_dir)
    first = run_lines.runs(await anext(found, []))
    more = (run_lines.runs(some) async for some in found)
    chosen = await app.push_screen_wait(ChooseDialog("switch run", first, more))
    return None if chosen is None else RunFolder(Path(chosen))


async def _summaries(runs_dir: Path) -> AsyncIterator[list[Summary | Unreadable]]:
    """All runs of a folder, newest first, then those that are training elsewhere; a screenful at a time.

    They are read off the event loop: 500 take 0.3 s.
    """
    folders = await asyncio.to_thread(lambda: list_runs(runs_dir) + live_elsewhere(runs_dir))
    for start in range(0, len(folders), MOST):
        yield await asyncio.to_thread(summarise_all, folders[start : start + MOST])


async def ask_sample(app: App[int], samples: int) -> int | None:
    """The number of a test sample, one of `samples`."""
    return await app.push_screen_wait(NumberDialog("test sample", "number", 0, samples - 1))


async def ask_epochs(app: App[int], trained: int) -> int | None:
    """The new total of epochs for a finished run: more than it was trained for."""
    return await app.push_screen_wait(NumberDialog("train longer", "total epochs", trained + 1, MOST_EPOCHS))


async def ask_leaving(app: App[int]) -> str | None:
    """Whether to `keep` a training running or to `stop` it."""
    return await app.push_screen_wait(ChooseDialog("training is running", run_lines.LEAVING))
