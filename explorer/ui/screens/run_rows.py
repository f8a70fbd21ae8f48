"""The runs in the list of runs: found bit by bit, looked at again, and shown as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Label

from explorer.runs.folder import RunFolder
from explorer.runs.summary import Listed
from explorer.runs.summary_cache import SummaryCache
from explorer.system.text import printable
from explorer.ui.screens.fields import Field
from explorer.ui.screens.run_changes import Changed, RunChanges
from explorer.ui.screens.run_lines import RunTable, is_at
from explorer.ui.screens.run_order import Listing
from explorer.ui.widgets.choice_list import ChoiceList, Words

FRESH_SECONDS: Final = 1.0
"""Seconds between two looks at the runs that are training."""


class RunRows(RunChanges):
    """A list of runs, each with a line."""

    def __init__(
        self,
        first: Sequence[Listed],
        more: AsyncIterator[Sequence[Listed]],
        find: Callable[[], Sequence[RunFolder]],
        shown: Path | None,
        changed: Changed,
        listing: Listing,
    ) -> None:
        """List runs.

        Args:
            first: the newest ones.
            more: the others, added below as they are found.
            find: finds all runs that there are now; called in a thread.
            shown: the folder of the run on the screen.
            changed: called when a run was renamed or deleted.
            listing: filter, order and marks, which are kept there.
        """
        super().__init__(changed)
        self._all = [*first]
        self._more = more
        self._find = find
        self._complete = False
        self._listing = listing
        self._table = RunTable(shown, listing)
        self._table.widen(first)
        self._runs = listing.shown(first)
        here = next((index for index, one in enumerate(self._runs) if is_at(one.folder, shown)), 0)
        self._list = ChoiceList(self._lines(), self._head, here)
        self._filter = Field(listing.text, placeholder="cell:gru test>99 mnist", id="filter")
        self._filter.display = bool(listing.text)
        self._message = Label("", id="message", markup=False)
        self._keys = Label("", classes="hint", markup=False)

    def compose(self) -> ComposeResult:
        """The box, the filter, the list, what went wrong, the keys."""
        with Vertical(id="box") as box:
            box.border_title = "switch run"
            yield self._filter
            yield self._list
            yield self._message
            yield self._keys

    def on_mount(self) -> None:
        """Find the rest, once the beginning is on the screen."""
        if not self._all:
            self.complain("there are no runs yet; n starts one")
        self._count()
        self._list.focus()
        self.call_after_refresh(self._extend)
        self.set_interval(FRESH_SECONDS, self._refresh)

    @property
    def here(self) -> Listed | None:
        """The run under the cursor; None where there is none."""
        return self._runs[self._list.cursor] if self._runs else None

    def complain(self, text: str) -> None:
        """Say what went wrong, or nothing."""
        self._message.set_class(bool(text), "error")
        self._message.update(printable(text))
        self._list.refresh(layout=True)

    def on_key(self, event: Key) -> None:
        """End what was said of the key before; what is wrong with a filter stays while it is typed."""
        if self._all and self.focused is self._list and self._message.has_class("error"):
            self.complain("")

    @work
    async def _extend(self) -> None:
        """Add runs to the list as they are found; ends with the dialog."""
        async for runs in self._more:
            self._table.widen(runs)
            self._show([*self._all, *runs])
        self._complete = True
        self._count()

    @work(exclusive=True, group="refresh")
    async def _refresh(self) -> None:
        """Show the trainings as they are now, those that were started elsewhere, and no run that is gone."""
        if not self._complete:
            return
        runs = await asyncio.to_thread(_look, self._listing.cache, [*self._all], self._find)
        if not self.gate.free:  # a run may be getting another name
            return
        if runs != self._all:
            known = {id(run) for run in self._all}
            self._table.widen(run for run in runs if id(run) not in known)
            self._listing.keep({run.folder.path for run in runs})
            if not self._all:  # that there are no runs
                self.complain("")
            self._show(runs)

    def replace(self, folder: RunFolder, by: Listed | None) -> None:
        """Show another summary in place of a run's, or none."""
        runs = [by if one.folder.path == folder.path else one for one in self._all]
        if by is not None:
            self._table.widen([by])
            self._listing.moved(folder.path, by.folder.path)
            if is_at(folder, self._table.shown):
                self._table.shown = by.folder.path
        self.complain("")
        self._show([one for one in runs if one is not None])
        self._listing.keep({one.folder.path for one in self._all})

    def _show(self, runs: list[Listed] | None = None) -> None:
        """Show these runs, or those of before, as they are wanted, with the cursor at its run."""
        here = self.here and self.here.folder.path
        self._all = self._all if runs is None else runs
        self._runs = self._listing.shown(self._all)
        self._list.replace(self._lines())
        at = next((index for index, one in enumerate(self._runs) if one.folder.path == here), None)
        if at is not None:
            self._list.cursor = at
        self._count()

    def _count(self) -> None:
        """Say how many runs there are, how many of them are shown, and how many are marked."""
        count, shown = len(self._all), len(self._runs)
        said = f"{count:,}" if shown == count else f"{shown:,} of {count:,}"
        parts = [f"{said} {'run' if count == 1 else 'runs'}{'' if self._complete else ' …'}"]
        if self._listing.marked:
            parts.append(f"{len(self._listing.marked):,} marked")
        if self.is_mounted:
            self.query_one("#box").border_subtitle = " · ".join(parts)

    def _head(self, width: int) -> Words:
        """The headings, made for the width that they get."""
        return self._table.head(width)

    def _lines(self) -> list[Callable[[int], Words]]:
        """The lines of the runs, made for the width that they get."""
        return [partial(self._table.line, one) for one in self._runs]


def _look(cache: SummaryCache, known: list[Listed], find: Callable[[], Sequence[RunFolder]]) -> list[Listed]:
    """All runs as they are now: those that aren't known yet, newest first, then the others that are left."""
    before = [one.folder for one in known]
    paths = {folder.path for folder in before}
    new = [folder for folder in find() if folder.path not in paths]
    return cache.read([*new, *before])
