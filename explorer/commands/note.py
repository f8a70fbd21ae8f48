"""`gatescope note`: a line of one's own in a run's events."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.commands.common import RUN, find, runs_dir_option, say
from explorer.commands.steer import NOTICE_SECONDS, Waiting
from explorer.protocol.client import OutOfReach
from explorer.system.errors import GatescopeError

HELP = """Write a note into a run, at the step where it is.

It stands below the curves, and in events.jsonl, where nothing is ever removed.
"""


@click.command(help=HELP, epilog=RUN)
@click.argument("run")
@click.argument("text", nargs=-1, required=True)
@runs_dir_option
def note(run: str, text: tuple[str, ...], runs_dir: Path | None) -> int:
    """Write the note, and say where it stands."""
    from explorer.protocol import notes

    folder = find(runs_dir, run)
    try:
        done = notes.note(folder, " ".join(text), timeout=NOTICE_SECONDS, meanwhile=Waiting(folder).tell)
    except OutOfReach as error:
        raise GatescopeError(f"run {folder.name} can't be reached: {error}") from None
    say(f"run {folder.name}: {done}")
    return 0
