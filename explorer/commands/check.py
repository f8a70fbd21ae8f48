"""`gatescope check`: what is wrong with a run, for a person and for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from explorer.commands.common import RUN, find, runs_dir_option, say

FOUND: Final = 3
"""The exit code where something is wrong: 1 and 2 are those of a command that failed."""

HELP = """Say what is wrong with a run, each finding with its evidence.

Findings: diverged, exploding, chance, worse, floor (of a sigmoid head), overfitting, plateau. The exit code
is 0 if nothing is wrong, 3 if something is.
"""


@click.command(help=HELP, epilog=RUN)
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON: an object with a list of findings")
@runs_dir_option
def check(run: str, as_json: bool, runs_dir: Path | None) -> int:
    """Judge a run by its events."""
    from explorer.runs.history import read_history
    from explorer.runs.verdict import judge

    folder = find(runs_dir, run)
    folder.read()  # a run of another version is refused
    history = read_history(folder.events)
    findings = judge(history)
    if as_json:
        facts = [{"kind": one.kind, "step": one.step, "text": one.text} for one in findings]
        print(json.dumps({"run": folder.name, "step": history.steps_done, "findings": facts}))
    elif findings:
        for finding in findings:
            say(f"run {folder.name}: {finding.text}")
    else:
        say(f"run {folder.name}: nothing is wrong, as far as its {history.steps_done:,} steps tell")
    return FOUND if findings else 0
