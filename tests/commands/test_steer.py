"""Steering a training from a script: train --detach, runs, pause, continue, stop, train --resume."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.digits import write_tiny_mnist
from kit.viewers import kill_engine, until

from explorer.runs.catalogue import find_run
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run of several hours started in the background, and another working directory."""
    home = tmp_path_factory.mktemp("home")
    (home / "else").mkdir()
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_STATE_HOME", str(home / "state"))  # hides the runs of other tests
    write_tiny_mnist(home)
    options = ["--data-dir", str(home), "--hidden", "8", "--batch-size", "4", "--epochs", "9999"]
    done = call(home, "train", "--detach", "--json", "--name", "long", *options, "--threads", "1")
    fact = json.loads(done.stdout)
    assert (fact["run"], os.getsid(fact["pid"])) == ("long", fact["pid"])
    yield home
    patch.undo()
    kill_engine(find_run(home / "runs", "long"))


def call(cwd: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command, and check its exit code."""
    command = [sys.executable, "-m", "explorer", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    return done


def listed(home: Path) -> dict:
    """Return the run's entry in `runs --json`."""
    (fact,) = json.loads(call(home, "runs", "--json", "--runs-dir", str(home / "runs")).stdout)
    return fact


def run_of(home: Path) -> RunFolder:
    return find_run(home / "runs", "long")


def test_the_life_of_a_run_in_the_background(home: Path) -> None:
    run, elsewhere = run_of(home), home / "else"
    until(lambda: read_history(run.events).steps_done > 5)
    assert f"{run.path}  lstm       8  mnist     training" in call(elsewhere, "runs").stdout
    refused = call(home, "train", "--resume", "long", code=1).stderr
    assert f"is already training (process {run.engine_pid()})" in refused

    assert "paused at step" in call(elsewhere, "pause", "long").stdout
    call(elsewhere, "pause", "long")
    fact = listed(home)
    assert (fact["state"], fact["pid"]) == ("paused", run.engine_pid())
    assert "training continues" in call(elsewhere, "continue", "long").stdout
    until(lambda: listed(home)["step"] > fact["step"])

    said = call(elsewhere, "stop", "long").stdout
    assert run.engine() is None
    fact = listed(home)
    assert said == (
        f"run long stopped at step {fact['step']:,}; its newest checkpoint is from step {fact['step']:,}\n"
    )
    assert (run.checkpoints / f"step-{fact['step']:08}.safetensors").exists()
    assert (fact["state"], fact["pid"], 0 < fact["progress"] < 1) == ("stopped", None, True)
    for command in ("pause", "continue", "stop"):
        said = call(home, command, "long", code=1).stderr
        assert "stopped" in said and "is not training" in said

    call(home, "train", "--resume", "long", "--detach")
    until(lambda: read_history(run.events).steps_done > fact["step"] + 5)
    os.kill(run.engine_pid() or 0, signal.SIGKILL)
    until(lambda: run.engine() is None)
    assert listed(home)["state"] == "lost"

    before = read_history(run.events).steps_done
    summary = json.loads(
        call(home, "train", "--resume", "long", "--epochs", str(before // 5 + 2), "--json").stdout
    )
    assert (summary["state"], summary["step"]) == ("finished", 5 * (before // 5 + 2))
    fact = listed(home)
    both = (
        "run",
        "path",
        "state",
        "cell",
        "step",
        "steps",
        "epoch",
        "epochs",
        "test_accuracy",
        "test_samples",
    )
    assert {name: summary[name] for name in both} == {name: fact[name] for name in both}
    assert (
        (fact["step"], fact["epoch"])
        == (fact["steps"], fact["epochs"])
        == (5 * (before // 5 + 2), before // 5 + 2)
    )
    history = read_history(run.events)
    assert list(history.train.steps) == list(range(1, summary["step"] + 1))
    assert "train it longer with a larger --epochs" in call(home, "train", "--resume", "long", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["stop", "nothing"], 2, "there is no run 'nothing'"),
        (["watch", "nothing"], 2, "there is no run 'nothing'"),
        (["watch", "long"], 1, "the explorer needs a terminal"),
        (["train", "--resume", "nothing"], 2, "there is no run 'nothing'"),
        (["train", "--resume", "long", "--hidden", "9"], 2, "--hidden can't change, only --epochs"),
        (["train", "--resume", "long", "--epochs", "x"], 2, "--epochs takes a whole number"),
    ],
)
def test_a_mistake_is_one_line(home: Path, arguments: list[str], code: int, said: str) -> None:
    done = call(home, *arguments, code=code)
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_all_files_of_a_run_are_private_to_its_owner(home: Path) -> None:
    paths = [run_of(home).path, *run_of(home).path.rglob("*")]
    assert len(paths) > 6
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
