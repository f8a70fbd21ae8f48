"""All that is known about a run: its options, how far it is, what it was trained with, and where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from explorer.runs.manage import disk_size
from explorer.runs.option_words import options
from explorer.runs.summary import Summary, Unreadable
from explorer.system.text import human, printable
from explorer.ui.screens.dialog import Dialog, Scroll, hint
from explorer.ui.screens.run_lines import epochs


class RunDetails(Dialog[None]):
    """A page to read."""

    BINDINGS = [("i,left,q,enter", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def __init__(self, run: Summary | Unreadable) -> None:
        """Show all about a run, as it was when it was listed."""
        super().__init__()
        self._run = run
        self._page = Static()

    def compose(self) -> ComposeResult:
        """The facts, line by line."""
        with Vertical(id="box") as box:
            box.border_title = "run"
            with Scroll(id="details"):
                yield self._page
            yield hint()

    def on_mount(self) -> None:
        """Show what is known, then measure the folder."""
        self._show("…")
        self._measure()

    @work
    async def _measure(self) -> None:
        """Show the size of the folder, which takes a while on a slow disk."""
        self._show(human(await asyncio.to_thread(disk_size, self._run.folder)))

    def _show(self, size: str) -> None:
        """Show all facts, with this size."""
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts(self._run, size):
            table.add_row(Text(name, style="dim"), Text(printable(value)))
        self._page.update(table)


def facts(run: Summary | Unreadable, size: str) -> Iterator[tuple[str, str]]:
    """What there is to say about a run, each with its name; `size` is that of its folder."""
    yield "run", run.folder.name
    if isinstance(run, Unreadable):
        yield "state", run.reason
    else:
        yield from _progress(run)
        yield from ((one.name, one.shown) for one in options(run))
        yield from _made_with(run)
    yield "folder", str(run.folder.path)
    yield "size", size


def _progress(run: Summary) -> Iterator[tuple[str, str]]:
    """How far it is."""
    cure = "open it and press p, or " if run.state == "not started" else ""
    yield "state", f"{run.state}: {cure}{run.reason}" if run.reason else run.state
    if run.pid is not None:
        yield "process", str(run.pid)
    yield "trained", f"{run.step:,} of {run.steps:,} steps, {epochs(run)} epochs" if run.steps else "not yet"
    yield "accuracy", run.tested.strip()


def _made_with(run: Summary) -> Iterator[tuple[str, str]]:
    """When and with what it was made."""
    started = run.started
    if started is not None:
        yield "parameters", f"{started.parameters:,}"
        if started.processes > 1:
            yield "processes", str(started.processes)
    yield "made", run.made
    versions = started.versions if started else {"gatescope": run.file.gatescope}
    yield "versions", " · ".join(f"{name} {version}" for name, version in versions.items())
