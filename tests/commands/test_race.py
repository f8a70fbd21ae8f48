"""`gatescope race`: what it shows, how it ends, and how it is resumed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit import command
from kit.digits import write_tiny_mnist
from kit.light_engine import ACCURACY, FINISH, light_engines
from kit.terminal import Terminal, terminal
from kit.viewers import kill_engine, until

from explorer import cli
from explorer.commands.race_table import race_table
from explorer.runs.catalogue import list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.runs.lock import read_lock
from explorer.runs.race import runs_of
from explorer.runs.race_plan import plan
from explorer.runs.shape import DIGITS
from explorer.runs.summary import Summary, summarise
from explorer.system.cores import cores

RACE = ["race", "--name", "one", "--hidden", "4", "--threads", str(cores())]
"""A race in which one trains at a time."""


@pytest.fixture(autouse=True)
def ended(tmp_path: Path) -> Iterator[None]:
    """Use engines without torch; leave none of them."""
    with light_engines():
        yield
    for run in list_runs(tmp_path / "runs"):
        for pid in (run.engine_pid(), supervisor_of(run)):
            if pid:
                os.kill(pid, 9)
        kill_engine(run)


def supervisor_of(run: RunFolder) -> int | None:
    """The process that will start a run, if it waits."""
    supervisor = read_lock(run.race_lock)
    return supervisor.pid if supervisor else None


def states(runs_dir: Path) -> list[str]:
    """What a list says of the runs of the race."""
    found = [summarise(run) for run in runs_of(runs_dir, "one")]
    return [run.state for run in found if isinstance(run, Summary)]


def light(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `gatescope` with such engines to its end, without a terminal."""
    program = [sys.executable, "-m", "kit.light_engine", *arguments]
    return subprocess.run(program, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def shown(*arguments: str, cwd: Path, size: tuple[int, int] = (100, 30)) -> Iterator[Terminal]:
    """Run `gatescope` with such engines in a terminal."""
    with terminal([sys.executable, "-m", "kit.light_engine", *arguments], size, cwd) as screen:
        yield screen


def finish(runs_dir: Path) -> None:
    """Let all runs of the race finish, each in its turn."""
    for run in runs_of(runs_dir, "one"):
        (run.path / FINISH).touch()


def test_ctrl_c_stops_it_and_it_is_resumed_to_its_end(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with shown(*RACE, cwd=tmp_path) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until(r"lstm  epoch 1/3 .* samples/s")
        screen.until(r"gru   waiting ")
        screen.until(r"rnn   waiting ")
        screen.send(b"\x03")
        assert screen.ended() == 130
        assert termios.tcgetattr(screen.file) == before
        assert len(re.findall("samples/s", screen.text)) == 1
        screen.until(r"^lstm +4 +1,000 +– +[\d.]+ +stopped")
        screen.until(r"^rnn +\d+ +– +– +– +not started")
        screen.until("resume it with `gatescope race --resume one`")
    assert states(runs) == ["stopped", "not started", "not started"]
    finish(runs)
    resumed = light("race", "--resume", "one-gru", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    for cell, accuracy in ACCURACY.items():
        assert re.search(rf"^{cell} .* {accuracy:.2%} .* finished$", resumed.stdout, re.M)
    assert states(runs) == ["finished"] * 3
    again = light("race", "--resume", "one", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (
        2,
        "gatescope: all runs of one are over; `gatescope runs` lists them\n",
    )


def test_closing_the_terminal_leaves_it_on_and_it_ends_without_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with shown(*RACE, cwd=tmp_path) as screen:
        screen.until(r"lstm  epoch 1/3 .* samples/s")
        os.kill(screen.pid, 1)
        screen.ended()
    assert states(runs) == ["training", "waiting", "waiting"]
    listed = light("runs", cwd=tmp_path).stdout
    assert re.search(r"^one-rnn +rnn .* waiting ", listed, re.M)
    refused = light("race", "--resume", "one", cwd=tmp_path)
    assert refused.returncode == 1
    assert "the race is on: one-gru, one-rnn will have a turn" in refused.stderr
    finish(runs)
    until(lambda: states(runs) == ["finished"] * 3)


def test_in_the_background_it_is_named_and_can_be_stopped(tmp_path: Path) -> None:
    done = light(*RACE, "--detach", "--json", cwd=tmp_path)
    facts = json.loads(done.stdout)
    assert done.returncode == 0 and facts["race"] == "one"
    assert [run["run"] for run in facts["runs"]] == ["one-lstm", "one-gru", "one-rnn"]
    until(lambda: states(tmp_path / "runs") == ["training", "waiting", "waiting"])
    stopped = light("race", "--stop", "one", cwd=tmp_path)
    assert stopped.stdout == "one is stopped; resume it with `gatescope race --resume one`\n"
    assert states(tmp_path / "runs") == ["stopped", "not started", "not started"]
    nothing = light("race", "--stop", "one", cwd=tmp_path)
    assert nothing.returncode == 1 and "no run of one is training here" in nothing.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume", "one", "--hidden", "3"), "keeps the options of the race's runs: leave --hidden out"),
        (("--stop", "one", "--resume", "one"), "--stop takes no other option: leave --resume out"),
        (("--resume", "nothing"), "there is no run 'nothing'"),
        (("--hidden", "4000"), "--hidden: of 64,520,010 parameters, gru would have over 4,096 hidden units"),
        (("--name", "a b"), "--name takes up to 64 letters"),
    ],
)
def test_a_mistake_is_one_line_and_makes_nothing(
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        cli.main(["race", *arguments])
    error = capsys.readouterr().err
    assert end.value.code == 2 and error.count("\n") == 1 and said in error
    assert not (tmp_path / "runs").exists()


def test_the_table_has_aligned_columns_and_a_dash_for_what_is_not_known() -> None:
    runs = [
        {"cell": "lstm", "hidden": 128, "parameters": 82186, "test_accuracy": 0.9817, "seconds": 9.81},
        {"cell": "rnn", "hidden": 267, "parameters": None, "test_accuracy": None, "seconds": 0.0},
    ]
    runs[0] |= {"step": 938, "state": "finished"}
    runs[1] |= {"step": 0, "state": "not started"}
    assert race_table(runs) == [
        "cell  hidden  parameters  test accuracy  seconds  state",
        "lstm     128      82,186         98.17%      9.8  finished",
        "rnn      267           –              –        –  not started",
    ]


@pytest.mark.slow
def test_real_engines_train_networks_with_the_parameters_that_were_planned(tmp_path: Path) -> None:
    write_tiny_mnist(tmp_path)
    options = {"cell": "gru", "hidden": 6, "epochs": 2, "batch_size": 4, "threads": 1, "device": "cpu"}
    flags = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    done = command.run("race", "--json", "--data-dir", str(tmp_path), *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert re.fullmatch(r"race-\d{8}-\d{6}", facts["race"])
    planned = plan(configure(options), DIGITS)
    for run, entrant in zip(facts["runs"], planned, strict=True):
        asked = entrant.config
        assert (run["cell"], run["hidden"], run["parameters"]) == (
            asked.cell,
            asked.hidden,
            entrant.parameters,
        )
        assert (run["state"], run["step"], run["test_samples"]) == ("finished", 10, 30)
        assert f"\n{run['cell']:<4}  epoch 2: test accuracy {run['test_accuracy']:.2%}" in done.stderr


def test_one_that_is_killed_costs_its_own_run_and_the_last_lines_say_so(tmp_path: Path) -> None:
    with shown(*RACE, cwd=tmp_path) as screen:
        screen.until(r"lstm  epoch 1/3 .* samples/s")
        kill_engine(RunFolder(tmp_path / "runs" / "one-lstm"))
        screen.until("gru   epoch 1/3 ")
        finish(tmp_path / "runs")
        assert screen.ended() == 1
        screen.until(r"^lstm +4 +1,000 +– +[\d.]+ +lost")
        screen.until(r"^gru .* 97\.00% +[\d.]+ +finished")
        screen.until("^one-lstm: the training process died at step 1")
        screen.until("resume it with `gatescope race --resume one`")
