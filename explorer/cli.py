"""The commands. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from explorer import __version__
from explorer.progress import clock, make_progress, terminal_size
from explorer.runs.catalogue import create_run, find_run
from explorer.runs.config import OPTIONS, Config, Option, configure
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.events import State
from explorer.runs.folder import RunFolder
from explorer.runs.history import History

SMALLEST = (60, 20)
"""Columns and rows that the explorer needs."""


class OneLine(click.Group):
    """A group of commands whose failures are one line each: exit code 2 for usage, 1 for the rest."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and say in one line what went wrong."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Abort:
            code = _fail("stopped", 130)
        except click.ClickException as error:
            code = _fail(error.format_message(), 2)
        except UsageError as error:
            code = _fail(str(error), 2)
        except (GatescopeError, OSError) as error:
            code = _fail(str(error), 1)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> int:
    """Say what went wrong, in one line."""
    print("gatescope: " + " ".join(message.split()), file=sys.stderr)
    return code


def _path(value: str) -> Path:
    """A file or a folder as the person typed it, made absolute."""
    return Path(value).expanduser().absolute()


def runs_dir_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--runs-dir`."""
    return click.option(
        "--runs-dir", default="./runs", show_default=True, help="the folder of all runs", metavar="FOLDER"
    )(command)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add a flag for every option of `explorer.runs.config.OPTIONS`; they check themselves."""
    for option in reversed(OPTIONS):
        command = _click_option(option)(command)
    return command


def _click_option(option: Option) -> Callable[..., Any]:
    """One option as click sees it; its value stays text until `configure` checks it."""
    note = f"[{option.takes()}; default {option.default}]" if option.default is not None else ""
    if option.kind == "flag":
        return click.option(option.flag, option.name, is_flag=True, default=None, help=option.help)
    return click.option(option.flag, option.name, metavar=option.kind.upper(), help=f"{option.help} {note}")


@click.group(
    cls=OneLine, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", message="gatescope %(version)s")
@runs_dir_option
@click.pass_context
def main(context: click.Context, runs_dir: str) -> int | None:
    """See what gates do while they learn.

    Without a command: open the explorer over ./runs, and train an LSTM if there is no run yet.
    """
    if context.invoked_subcommand is not None:
        return None
    size = terminal_size()
    if size is None:
        print("gatescope: no terminal here, so this trains the default LSTM without the explorer", flush=True)
        return _train(_path(runs_dir), configure({}), None, as_json=False)
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        raise GatescopeError(
            f"this terminal has {size[0]}×{size[1]} characters, the explorer needs "
            f"{SMALLEST[0]}×{SMALLEST[1]}: enlarge it, or use gatescope train"
        )
    from explorer.ui.app import Explorer

    return Explorer(_path(runs_dir)).run() or 0


@main.command()
@training_options
@click.option("--name", metavar="NAME", help="the run's name [default: the cell and the time]")
@runs_dir_option
@click.option("--json", "as_json", is_flag=True, help="end with one line of JSON")
def train(runs_dir: str, name: str | None, as_json: bool, **given: Any) -> int:
    """Train without the explorer: a progress bar on a terminal, plain lines elsewhere."""
    return _train(_path(runs_dir), configure(given), name, as_json)


def _train(runs_dir: Path, config: Config, name: str | None, as_json: bool) -> int:
    """Train a new run in this process; 0 unless it diverged or was stopped."""
    folder = create_run(runs_dir, config, name)
    from explorer.engine.session import train as run_engine

    with make_progress(sys.stderr if as_json else sys.stdout, config.batch_size) as progress:
        state = run_engine(folder, progress)
    summary = summarise(folder, progress.history)
    if as_json:
        print(msgspec.json.encode(summary).decode())
    else:
        _print_summary(state, folder, progress.history, summary)
    return {"finished": 0, "stopped": 130}.get(state, 1)


def summarise(folder: RunFolder, history: History) -> dict[str, Any]:
    """What `--json` prints: the run in numbers, the newest look at the test set included."""
    started, seen, begin, end = history.started, history.evaluated, history.first_time, history.last_time
    return {
        "run": folder.name,
        "path": str(folder.path),
        "state": history.state,
        "cell": started.cell if started else None,
        "parameters": started.parameters if started else None,
        "epochs": seen.epoch if seen else 0,
        "steps": history.steps_done,
        "seconds": round(end - begin, 3),
        "images_per_second": round(history.mean_images_per_second, 1),
        "test_loss": seen.loss if seen else None,
        "test_accuracy": seen.accuracy if seen else None,
        "test_images": seen.images if seen else 0,
        "confusion": seen.confusion if seen else None,
    }


def _print_summary(state: State, folder: RunFolder, history: History, summary: dict[str, Any]) -> None:
    """The last lines for a person."""
    reason = f" ({history.reason})" if history.reason else ""
    print(f"{state}{reason} after {summary['steps']:,} steps and {clock(summary['seconds'])}")
    if summary["test_accuracy"] is not None:
        print(f"test accuracy {summary['test_accuracy']:.2%} over {summary['test_images']:,} digits")
    print(f"the run is in {folder.path}; gatescope shows it")


@main.command(hidden=True)
@click.argument("folder")
@click.option("--answer", "socket", metavar="SOCKET", help="train nothing, answer on this socket")
def engine(folder: str, socket: str | None) -> int:
    """Be the engine of a run that the explorer made."""
    run = RunFolder(Path(folder))
    if socket is not None:
        from explorer.engine.answering import answer

        answer(run, Path(socket))
        return 0
    from explorer.engine.session import train as run_engine

    run_engine(run)
    return 0


@main.command()
@click.argument("run")
@click.argument("what", type=click.Choice(["graph"]))
@click.option("--format", "kind", default=None, metavar="png|svg|pdf|dot", help="[default: as --output ends]")
@click.option("--output", metavar="FILE", help="[default: exports/ in the run's folder]")
@click.option(
    "--span", default="step", show_default=True, metavar="step|N|whole", help="how much of the graph"
)
@click.option("--force", is_flag=True, help="replace a file that is there")
@runs_dir_option
def export(
    run: str, what: str, kind: str | None, output: str | None, span: str, force: bool, runs_dir: str
) -> int:
    """Draw a run's graph: one cell step, N unrolled steps, or all 28 (whole)."""
    folder = find_run(_path(runs_dir), run)
    from explorer.export.command import export_run

    export_run(
        folder, span, kind, _path(output) if output else None, force, lambda line: print(line, flush=True)
    )
    return 0
