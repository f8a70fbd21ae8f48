"""`gatescope runs`: every run in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from explorer.commands.common import DEFAULT, absolute, runs_dir_option, say
from explorer.runs.catalogue import known_runs
from explorer.runs.summary import Summary, Unreadable, summarise_all

HEAD = ("run", "cell", "state", "progress", "accuracy", "made")
"""The headings of the list's columns."""
FACTS = (
    *("run", "path", "cell", "dataset", "state", "reason", "step", "steps", "progress", "epoch", "epochs"),
    *("test_accuracy", "test_samples", "pid", "created"),
)
"""The fields that `--json` gives for every run."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one line of JSON: a list of objects")
@runs_dir_option
def runs(as_json: bool, runs_dir: Path | None) -> int:
    """List the runs, newest first.

    Runs in --runs-dir; by default those in ./runs and any training elsewhere.
    """
    folder = runs_dir or absolute(DEFAULT)
    summaries = summarise_all(known_runs(runs_dir))
    if as_json:
        print(json.dumps([_facts(summary) for summary in summaries]))
        return 0
    if not summaries:
        say(f"no runs in {folder} yet; start one with `gatescope train`")
        return 0
    rows = [HEAD, *(_row(one, one.folder.path.parent == folder) for one in summaries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(map(str.ljust, row, widths)).rstrip())
    return 0


def _row(summary: Summary | Unreadable, here: bool) -> tuple[str, ...]:
    """The values below `HEAD`; a run in another folder has its path in place of its name."""
    name = summary.folder.name if here else str(summary.folder.path)
    if isinstance(summary, Unreadable):
        return (name, "–", summary.reason, "", "", "")
    progress = f"{summary.share:4.0%} {summary.step:,}/{summary.steps:,}" if summary.steps else "   –"
    return (
        name,
        summary.file.config.cell,
        summary.state,
        progress,
        f"{'–' if summary.accuracy is None else f'{summary.accuracy:.2%}':>8}",
        summary.made,
    )


def _facts(summary: Summary | Unreadable) -> dict[str, Any]:
    """What `--json` gives for a run; for one that can't be read, only where it is and why."""
    where = {"run": summary.folder.name, "path": str(summary.folder.path)}
    if isinstance(summary, Unreadable):
        return dict.fromkeys(FACTS) | where | {"state": "unreadable", "reason": summary.reason}
    return where | {
        "cell": summary.file.config.cell,
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
    }
