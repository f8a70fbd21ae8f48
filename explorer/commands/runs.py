"""`gatescope runs`: every run in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from explorer.commands.common import DEFAULT, absolute, runs_dir_option, say
from explorer.runs.catalogue import known_runs
from explorer.runs.summary import Summary, summarise


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one line of JSON: a list of objects")
@runs_dir_option
def runs(as_json: bool, runs_dir: Path | None) -> int:
    """List the runs, the newest first.

    Those of a folder; without one, those in ./runs and those that are trained elsewhere.
    """
    folder = runs_dir or absolute(DEFAULT)
    found = map(summarise, known_runs(runs_dir))
    summaries = [summary for summary in found if summary is not None]
    if as_json:
        print(msgspec.json.encode([_facts(summary) for summary in summaries]).decode())
        return 0
    if not summaries:
        say(f"there is no run in {folder}; gatescope train makes one")
        return 0
    names = [_name(summary, summary.folder.path.parent == folder) for summary in summaries]
    width = max(4, *map(len, names))
    say(f"{'run':<{width}}  cell  state      progress                accuracy  made")
    for name, summary in zip(names, summaries, strict=True):
        say(f"{name:<{width}}  {_line(summary)}")
    return 0


def _name(summary: Summary, here: bool) -> str:
    """The run's name; its path, where it is in another folder."""
    return summary.folder.name if here else str(summary.folder.path)


def _line(summary: Summary) -> str:
    """All but the name, in columns."""
    steps = f"{summary.step:,}/{summary.steps:,}" if summary.steps else f"{summary.step:,}"
    accuracy = "–" if summary.accuracy is None else f"{summary.accuracy:.2%}"
    return (
        f"{summary.file.config.cell:<4}  {summary.state:<9}  {summary.share:>4.0%} {steps:<17}  "
        f"{accuracy:>8}  {summary.made}"
    )


def _facts(summary: Summary) -> dict[str, Any]:
    """What `--json` says of a run."""
    return {
        "run": summary.folder.name,
        "path": str(summary.folder.path),
        "cell": summary.file.config.cell,
        "dataset": summary.file.config.dataset,
        "state": summary.state,
        "reason": summary.reason,
        "step": summary.step,
        "steps": summary.steps,
        "progress": round(summary.share, 4),
        "epochs": summary.epoch,
        "test_accuracy": summary.accuracy,
        "test_images": summary.images,
        "pid": summary.pid,
        "created": summary.file.created,
    }
