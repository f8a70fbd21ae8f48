"""Marked runs beside each other: test accuracy with a baseline, and the options that differ, only those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from explorer.runs.summary import Summary
from explorer.system.text import printable, shorten
from explorer.ui.screens.dialog import Dialog, Scroll, hint
from explorer.ui.screens.run_details import options
from explorer.ui.screens.run_lines import LEAST_NAME, accuracy


class RunComparison(Dialog[None]):
    """A page to read: a line for each run."""

    BINDINGS = [("c,left,q,enter", "leave", "Close")]  # noqa: RUF012 - Textual's own type

    def __init__(self, runs: Sequence[Summary]) -> None:
        """Compare runs with the first of them."""
        super().__init__()
        self._runs = runs

    def compose(self) -> ComposeResult:
        """The table, and what isn't in it."""
        head, *rows = table(self._runs)
        shown = Table.grid(padding=(0, 2))
        for title in head:
            shown.add_column(no_wrap=title in ("run", "accuracy", "Δ"), overflow="fold")
        shown.add_row(*(Text(title, style="dim") for title in head))
        for row in rows:
            name, *others = (printable(text) for text in row)
            shown.add_row(Text(shorten(name, LEAST_NAME + 4, cell_len)), *map(Text, others))
        with Vertical(id="box") as box:
            box.border_title = "compare runs"
            with Scroll(id="details"):
                yield Static(shown)
                same = "all options are the same" if len(head) == 3 else "all other options are the same"
                yield Static(Text(f"\nΔ in percentage points; {same}", style="dim"))
            yield hint()


def table(runs: Sequence[Summary]) -> Iterator[tuple[str, ...]]:
    """The headings, then for each run: name, test accuracy, how far that is from the first run's, in
    percentage points, and the options that differ.
    """
    configured = [dict(options(run.file.config, run.started)) for run in runs]
    names = dict.fromkeys(chain.from_iterable(configured))
    differ = [name for name in names if len({one.get(name) for one in configured}) > 1]
    yield "run", "accuracy", "Δ", *differ
    for run, one in zip(runs, configured, strict=True):
        values = (one.get(name, "–") for name in differ)
        yield run.folder.name, accuracy(run).strip(), _away(run, runs[0]), *values


def _away(run: Summary, baseline: Summary) -> str:
    """How far a run's test accuracy is from the baseline's; nothing where one isn't known."""
    if run is baseline:
        return "baseline"
    if run.accuracy is None or baseline.accuracy is None:
        return "–"
    return f"{100 * (run.accuracy - baseline.accuracy):+.2f}"
