"""The command line: its commands, and how their failures look."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from explorer import __version__
from explorer.commands.bench import bench
from explorer.commands.check import check
from explorer.commands.common import RUN, lean_option, notify_option, runs_dir_option, terminal_size
from explorer.commands.export import export
from explorer.commands.mistakes import describe
from explorer.commands.note import note
from explorer.commands.race import race, supervise
from explorer.commands.runs import runs
from explorer.commands.steer import continue_run, pause, stop
from explorer.commands.train import engine, train
from explorer.commands.watch import explore, watch
from explorer.runs.catalogue import known_runs, newest_of
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.paths import leave_deleted_folder
from explorer.system.text import one_line, printable

HELP = """See what gates do while they learn.

Without a command: open the explorer on the newest run; where there is none yet, train an LSTM.
"""
# Each command's help is given as such: Python has no docstrings under PYTHONOPTIMIZE=2.


class OneLine(click.Group):
    """A group of commands whose failures are one line each: exit code 2 for usage, 1 for the rest."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and report a failure in one line."""
        kwargs["standalone_mode"] = False
        kwargs["prog_name"] = "gatescope"  # as `python -m explorer`, too
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a locale without × or – must not end a training
        leave_deleted_folder()
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Abort:
            code = _fail("stopped", 130)
        except click.ClickException as error:
            code = _fail(describe(error), 2)
        except UsageError as error:
            code = _fail(str(error), 2)
        except GatescopeError as error:
            code = _fail(str(error), 1)
        except OSError as error:
            code = _fail(_reason(error), 1)
        sys.exit(code if isinstance(code, int) else 0)


def _reason(error: OSError) -> str:
    """What the system refused, and where, without the number of the error."""
    where = f" {error.filename}" if error.filename is not None else " the output"
    return f"can't read or write{where}: {error.strerror or error}"


def _fail(message: str, code: int) -> int:
    """Say what went wrong, in one line without control characters."""
    print("gatescope: " + printable(one_line(message)), file=sys.stderr)
    return code


@click.group(
    cls=OneLine,
    help=HELP,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=RUN,
)
@click.version_option(__version__, "-V", "--version", message="gatescope %(version)s")
@runs_dir_option
@lean_option
@notify_option
@click.pass_context
def main(context: click.Context, runs_dir: Path | None, lean: bool, no_notify: bool) -> int | None:
    """Run a command, or else open the explorer; without a terminal, train."""
    if context.invoked_subcommand is not None:
        return None
    if terminal_size() is None:
        print("gatescope: no terminal here, so this trains the default LSTM without the explorer", flush=True)
        return int(context.invoke(train, runs_dir=runs_dir))
    return explore(runs_dir, newest_of(known_runs(runs_dir)), lean, not no_notify)


for command in (train, race, watch, runs, pause, continue_run, stop, note, check, export, bench):
    main.add_command(command)
for hidden in (engine, supervise):
    main.add_command(hidden)
