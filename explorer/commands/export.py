"""`gatescope export`: pictures of a run."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.commands.common import absolute, find, runs_dir_option, say


@click.command()
@click.argument("run")
@click.argument("what", type=click.Choice(["graph"]))
@click.option("--format", "kind", default=None, metavar="png|svg|pdf|dot", help="[default: as --output ends]")
@click.option("--output", metavar="FILE", help="[default: exports/ in the run's folder]")
@click.option(
    "--span", default="step", show_default=True, metavar="step|N|whole", help="how much of the graph"
)
@click.option("--force", is_flag=True, help="replace an existing file")
@runs_dir_option
def export(
    run: str, what: str, kind: str | None, output: str | None, span: str, force: bool, runs_dir: Path | None
) -> int:
    """Draw a run's graph as a picture.

    One cell step, N unrolled timesteps, or all of them (whole).
    """
    folder = find(runs_dir, run)
    from explorer.export.command import export_run

    export_run(folder, span, kind, absolute(output) if output else None, force, say)
    return 0
