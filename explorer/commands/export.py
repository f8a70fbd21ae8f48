"""`gatescope export`: what can be taken away from a run, as `EXPORTS` lists it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from explorer.commands.common import RUN, find, not_empty, runs_dir_option, say
from explorer.protocol.exports import EXPORTS
from explorer.system.errors import UsageError
from explorer.system.memory import naming
from explorer.system.outputs import STANDARD_OUTPUT, is_standard_output
from explorer.system.paths import absolute

HELP = """Take something away from a run: a picture, or the answer to a question as data.

A training is asked for its weights as they are now; otherwise the newest checkpoint is read.
"""
_WIDE: Final = max(map(len, EXPORTS))
_WHATS: Final = "\n".join(
    f"  {name:{_WIDE}}  {row.title}: {', '.join(row.formats)}" for name, row in EXPORTS.items()
)
EPILOG = f"\b\nWHAT is one of:\n{_WHATS}\n\n{RUN}"

OWN: Final = tuple(dict.fromkeys(name for row in EXPORTS.values() for name in row.options))
"""The options that belong to some exports only."""


def _of(name: str) -> str:
    """Which exports an option belongs to, for its help."""
    return ", ".join(what for what, row in EXPORTS.items() if name in row.options)


@click.command(help=HELP, epilog=EPILOG)
@click.argument("run")
@click.argument("what", type=click.Choice(list(EXPORTS)), metavar="WHAT")
@click.option("--format", "kind", metavar="FORMAT", help="[default: as --output ends, or WHAT's first]")
@click.option("--output", metavar="FILE", help="- is standard output [default: exports/ in the run's folder]")
@click.option("--span", metavar="step|N|whole", help=f"{_of('span')}: how much of it [default: step]")
@click.option("--no-title", is_flag=True, help=f"{_of('no_title')}: leave out the line that names the run")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"{_of('sample')}: which test sample [default: 0]",
)
@click.option("--force", is_flag=True, help="replace an existing file, in exports/ too")
@runs_dir_option
def export(
    run: str,
    what: str,
    kind: str | None,
    output: str | None,
    force: bool,
    runs_dir: Path | None,
    **own: Any,
) -> int:
    """Write an export of a run into a file."""
    row = EXPORTS[what]
    for name in OWN:
        if own[name] not in (None, False) and name not in row.options:
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"{flag} is for {_of(name)}, not for {what}")
    if output is not None:
        not_empty("--output", output)
    if own["span"] is not None:
        not_empty("--span", own["span"])
    folder = find(runs_dir, run)
    if output is not None and output.endswith("/"):
        raise UsageError(f"{output} is a folder; name a file in it with --output")
    from pkgutil import resolve_name  # 0.7 ms that no other command needs

    from explorer.export.wanted import Wanted

    piped = output is not None and is_standard_output(output)
    path = STANDARD_OUTPUT if piped else None if output is None else absolute(output)
    report = partial(print, file=sys.stderr, flush=True) if piped else say
    wanted = Wanted(
        kind,
        path,
        force,
        report,
        span=own["span"] or "step",
        titled=not own["no_title"],
        sample=own["sample"] or 0,
    )
    with naming("close some programs"):
        resolve_name(row.path)(folder, what, wanted)
    return 0
