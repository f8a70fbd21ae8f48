"""`gatescope export`: what can be taken away from a run, as `EXPORTS` lists it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from explorer.commands.common import RUN, find, not_empty, runs_dir_option, say
from explorer.protocol.exports import EXPORTS, OPTIONS
from explorer.protocol.probes import PROBES
from explorer.system.errors import UsageError, flag
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


def own_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add a flag for every option of `explorer.protocol.exports.OPTIONS`."""
    for name in reversed([name for name in OPTIONS if _of(name)]):
        option = OPTIONS[name]
        help = f"{_of(name)}: {option.help}"
        if option.is_flag:
            own = click.option(flag(name), name, is_flag=True, help=help)
        else:
            own = click.option(flag(name), name, metavar=option.metavar, multiple=option.several, help=help)
        command = own(command)
    return command


def _of(name: str) -> str:
    """Which exports an option belongs to: those that have it, or those that haven't, if these are fewer."""
    having = [what for what, row in EXPORTS.items() if name in row.options]
    others = [what for what in EXPORTS if what not in having]
    if len(having) <= len(others) + 1:
        return ", ".join(having)
    return f"all but {', '.join(others)}" if others else "any"


@click.command(help=HELP, epilog=EPILOG)
@click.argument("run")
@click.argument("what", type=click.Choice(list(EXPORTS)), metavar="WHAT")
@click.option("--format", "kind", metavar="FORMAT", help="[default: as --output ends, or WHAT's first]")
@click.option("--output", metavar="FILE", help="- is standard output [default: exports/ in the run's folder]")
@own_options
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
    given = {name: value for name, value in own.items() if value not in (None, False, ())}
    for name in given:
        if name not in row.options:
            raise UsageError(f"{flag(name)} is not for {what}; it is for {_of(name)}")
    for name, value in {"output": output, **given}.items():
        if isinstance(value, str):
            not_empty(flag(name), value)
    folder = find(runs_dir, run)
    if output is not None and output.endswith("/"):
        raise UsageError(f"{output} is a folder; name a file in it with --output")
    from pkgutil import resolve_name  # 0.7 ms that no other command needs

    from explorer.export.asked import own_options_of, selection
    from explorer.export.wanted import Wanted

    piped = output is not None and is_standard_output(output)
    path = STANDARD_OUTPUT if piped else None if output is None else absolute(output)
    report = partial(print, file=sys.stderr, flush=True) if piped else say
    wanted = Wanted(
        kind,
        path,
        force,
        report,
        titled=not given.get("no_title", False),
        selection=selection(given, PROBES[what].about if what in PROBES else "one"),
        others=[find(runs_dir, name) for name in given.get("with", ())],
        options=own_options_of(what, given),
    )
    with naming("close some programs"):
        resolve_name(row.path)(folder, what, wanted)
    return 0
