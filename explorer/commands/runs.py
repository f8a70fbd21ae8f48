"""`gatescope runs`: every run in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from explorer.commands.common import DEFAULT, runs_dir_option, say, terminal_size
from explorer.commands.run_table import TABLES
from explorer.runs.catalogue import known_runs
from explorer.runs.data_files import data_title
from explorer.runs.filter import parse_filter
from explorer.runs.holds import name_cell
from explorer.runs.summary import Summary, Unreadable, summarise_all
from explorer.system.errors import UsageError
from explorer.system.paths import absolute
from explorer.system.text import printable, shorten

HELP = """List the runs, newest first.

Runs in --runs-dir; by default those in ./runs and any training elsewhere. If ./runs has none, those of the
folder that was used last, too. --filter keeps those that meet every term: plain words, FIELD:TEXT, and
FIELD>NUMBER; a minus before a term turns it round.
"""
HEAD = ("name", "cell", "hidden", "data set", "state", "progress", "accuracy", "made")
"""The headings of the list's columns."""
LEAST = ("data set", "hidden", "made")
"""Columns that are left out, in this order, where the terminal is too narrow for all."""
LEAST_NAME = 20
"""Cells that a name keeps before columns are left out: `lstm-20261123-214500`."""
FACTS = (
    *(
        "run",
        "path",
        "cell",
        "hold",
        "hidden",
        "dataset",
        "state",
        "reason",
        "step",
        "steps",
        "progress",
        "epoch",
        "epochs",
    ),
    *("test_accuracy", "test_samples", "pid", "created", "race"),
)
"""The fields that `--json` gives for every run."""


@click.command(help=HELP)
@click.option("--json", "as_json", is_flag=True, help="one line of JSON: a list of objects")
@click.option("--format", "table", type=click.Choice(list(TABLES)), help="a table for a document")
@click.option(
    "--filter", "wanted", metavar="TERMS", default="", help="only runs like this: 'cell:gru test>99'"
)
@runs_dir_option
def runs(as_json: bool, table: str | None, wanted: str, runs_dir: Path | None) -> int:
    """Print every run in one line."""
    if as_json and table:
        raise UsageError("--json and --format are two ways to write the list; choose one")
    folder = runs_dir or absolute(DEFAULT)
    meets = parse_filter(wanted)
    known = summarise_all(known_runs(runs_dir))
    summaries = [one for one in known if meets(one)]
    if as_json:
        print(json.dumps([_facts(summary) for summary in summaries]))
        return 0
    rows = [HEAD, *(_row(one, one.folder.path.parent == folder) for one in summaries)]
    if table:
        for line in TABLES[table](rows):
            say(line)
        return 0
    if known and not summaries:
        say(f"none of the {len(known):,} runs in {folder} meets --filter {wanted!r}")
        return 0
    if not summaries:
        say(f"no runs in {folder} yet; start one with `gatescope train`")
        return 0
    size = terminal_size()
    for line in _aligned(rows, size[0] if size else None):
        say(line)
    return 0


def _aligned(rows: list[tuple[str, ...]], room: int | None) -> list[str]:
    """The rows as lines of aligned columns, as many of them as there is room for; None: all of them, whole.

    A name that is too long is shortened, so that one doesn't push the columns of all runs off the screen.

    Args:
        rows: the headings, and the values below them.
        room: the width in cells: a character of Chinese, for instance, takes two.
    """
    from rich.cells import cell_len

    columns = dict(zip(HEAD, zip(*rows, strict=True), strict=True))
    widths = {head: max(map(cell_len, column)) for head, column in columns.items()}
    if room is not None:
        least = min(LEAST_NAME, widths["name"])
        for head in LEAST:
            if _taken(widths) - widths["name"] + least > room:
                del widths[head]
        widths["name"] = max(least, min(widths["name"], widths["name"] + room - _taken(widths)))
        columns["name"] = tuple(shorten(name, widths["name"], cell_len) for name in columns["name"])
    lines = zip(*(columns[head] for head in widths), strict=True)
    return [
        "  ".join(
            text + " " * (width - cell_len(text)) for text, width in zip(line, widths.values(), strict=True)
        ).rstrip()
        for line in lines
    ]


def _taken(widths: Mapping[str, int]) -> int:
    """Cells that columns of these widths take, side by side."""
    return sum(widths.values()) + 2 * (len(widths) - 1)


def _row(summary: Summary | Unreadable, here: bool) -> tuple[str, ...]:
    """The values below `HEAD`; a run in another folder has its path in place of its name."""
    name = printable(summary.folder.name if here else str(summary.folder.path))
    if isinstance(summary, Unreadable):
        return (name, "–", "", "", summary.reason, "", "", "")
    config = summary.file.config
    progress = f"{summary.share:4.0%} {summary.step:,}/{summary.steps:,}" if summary.steps else "   –"
    hidden = f"{config.hidden:>6}"
    return (
        *(name, name_cell(config.cell, config.hold), hidden),
        *(data_title(config.dataset), summary.words, progress),
        _accuracy(summary),
        summary.made,
    )


def _accuracy(summary: Summary) -> str:
    """The newest test accuracy, and of how many samples unless it is of the whole test set."""
    if summary.accuracy is None:
        return "     –"
    return f"{summary.accuracy:6.2%}" + ("" if summary.whole else f" of {summary.samples:,}")


def _facts(summary: Summary | Unreadable) -> dict[str, Any]:
    """What `--json` gives for a run; for one that can't be read, only where it is and why."""
    where = {"run": summary.folder.name, "path": str(summary.folder.path)}
    if isinstance(summary, Unreadable):
        return dict.fromkeys(FACTS) | where | {"state": "unreadable", "reason": summary.reason}
    return where | {
        "cell": summary.file.config.cell,
        "hold": summary.file.config.hold,
        "hidden": summary.file.config.hidden,
        "dataset": summary.file.config.dataset,
        "state": summary.state,
        "reason": summary.reason,
        "step": summary.step,
        "steps": summary.steps,
        "progress": round(summary.share, 4),
        "epoch": summary.epoch,
        "epochs": summary.file.config.epochs,
        "test_accuracy": summary.accuracy,
        "test_samples": summary.samples,
        "pid": summary.pid,
        "created": summary.file.created,
        "race": summary.file.race or None,
    }
