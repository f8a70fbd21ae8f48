"""`gatescope export`: pictures of a run."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from explorer.commands.common import RUN, find, runs_dir_option, say
from explorer.runs.errors import UsageError
from explorer.runs.outputs import STANDARD_OUTPUT, is_standard_output
from explorer.runs.paths import absolute

HELP = """Draw a run's graph as a picture.

One timestep of the cell, the model over the first N timesteps, or over the whole sample.
"""


@click.command(help=HELP, epilog=RUN)
@click.argument("run")
@click.argument("what", type=click.Choice(["graph"]))
@click.option(
    "--format", "kind", default=None, metavar="png|svg|pdf|dot", help="[default: as --output ends, or png]"
)
@click.option("--output", metavar="FILE", help="- is standard output [default: exports/ in the run's folder]")
@click.option(
    "--span", default="step", show_default=True, metavar="step|N|whole", help="how much of the graph"
)
@click.option("--no-title", is_flag=True, help="leave out the line that names the run")
@click.option("--force", is_flag=True, help="replace an existing file")
@runs_dir_option
def export(
    run: str,
    what: str,
    kind: str | None,
    output: str | None,
    span: str,
    no_title: bool,
    force: bool,
    runs_dir: Path | None,
) -> int:
    """Draw a run's graph into a file."""
    folder = find(runs_dir, run)
    if output and output.endswith("/"):
        raise UsageError(f"{output} is a folder; name a file in it with --output")
    from explorer.export.command import export_run

    piped = output is not None and is_standard_output(output)
    path = STANDARD_OUTPUT if piped else absolute(output) if output else None
    report = partial(print, file=sys.stderr, flush=True) if piped else say
    export_run(folder, span, kind, path, force, titled=not no_title, report=report)
    return 0
