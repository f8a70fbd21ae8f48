"""The commands as typed in a shell: their output, and their error messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit.command import run
from kit.digits import tiny_files, write_files
from kit.facts import changed, evaluated, started

from explorer.commands.common import RUN
from explorer.commands.progress import describe_start
from explorer.commands.train import summarise
from explorer.engine.data.sources import SOURCES
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.runs.history import History


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_files(folder / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=200, test=100))
    return folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hidden", "0"], "--hidden takes a whole number, 1 to 4,096, not 0"),
        (["--lr", "abc"], "--lr takes a number, 1e-9 to 100, not 'abc'"),
        (["--lr", "nan"], "--lr takes a number"),
        (["--cell", "transformer"], "--cell is one of lstm, gru, rnn, not 'transformer'"),
        (["--epochs", "1.5"], "--epochs takes a whole number"),
        (["--device", "tpu"], "--device is one of auto, cpu, cuda, mps"),
        (["--frobnicate"], "no such option --frobnicate; see `gatescope train --help`"),
        (["--frob"], "no such option --frob; see `gatescope train --help`"),
        (["--epoch", "3"], "no such option --epoch; did you mean --epochs?"),
        (["--batch_size", "3"], "no such option --batch_size; did you mean --batch-size?"),
        (["--aug"], "no such option --aug; did you mean --augment?"),
        (["--lr"], "--lr needs a value"),
        (["--augment=3"], "--augment takes no value"),
        (["lstm"], "unexpected extra argument (lstm); see `gatescope train --help`"),
        (
            ["--name", "../up"],
            "--name takes up to 64 letters, digits, dots, dashes and underscores, not '../up'",
        ),
        (["--data-dir", "nowhere"], "is not a folder"),
        (["--hold", "f"], "--hold takes an activation and its value, such as f=1, not 'f'"),
        (["--hold", "f=1", "--hold", "z=1"], "--hold: this cell's activations are i, f, g, o, c, h, not 'z'"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = run("train", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("gatescope: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_an_activation_that_a_cell_has_not_is_refused_without_importing_torch(tmp_path: Path) -> None:
    program = "import sys; sys.modules['torch'] = None; from explorer.cli import main; main()"
    command = [sys.executable, "-c", program, "train", "--cell", "gru", "--hold", "f=1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = "gatescope: --hold: this cell's activations are r, z, n, h, not 'f'\n"
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["explode"], 2, "no such command explode; see `gatescope --help`"),
        (["trian"], 2, "no such command trian; did you mean train?"),
        (["engin"], 2, "no such command engin; see `gatescope --help`"),  # `engine` isn't for people
        (["stop"], 2, "RUN is missing; see `gatescope stop --help`"),
        (["export", "last"], 2, "WHAT is missing; see `gatescope export --help`"),
        (
            ["export", "last", "gates"],
            2,
            "'gates' is not one of 'graph', 'cell', 'curves',",
        ),
        (["export", "nothing", "graph"], 2, "there is no run 'nothing'"),
        (["train", "--runs-dir", "/dev/null/runs"], 1, "choose another folder with --runs-dir"),
        (["--runs-dir"], 2, "--runs-dir needs a value"),
    ],
)
def test_a_failure_is_one_line_that_names_the_remedy(
    arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert said in done.stderr


def test_a_training_names_its_cell_with_what_it_holds(tmp_path: Path) -> None:
    history = History()
    history.add(started(config=configure({"hold": "f=1"}), cell="lstm"))
    assert describe_start(history.started).startswith("run one: LSTM (f=1), 128 hidden units, ")
    assert describe_start(started()).startswith("run one: LSTM, 128 hidden units, ")
    facts = summarise(RunFolder(tmp_path), history)
    assert (facts["cell"], facts["hold"]) == ("lstm", {"f": 1.0})


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_the_output_is_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "explorer", "runs"]
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "gatescope: can't read or write the output: No space left on device\n",
    )


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "explorer", "runs"]
    done = subprocess.run(
        command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_train_prints_one_json_object_and_leaves_a_complete_run(data: Path, tmp_path: Path) -> None:
    options = [
        "--hidden",
        "8",
        "--epochs",
        "2",
        "--batch-size",
        "64",
        "--data-dir",
        str(data),
        "--name",
        "mine",
    ]
    done = run("train", "--json", "--cell", "gru", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    summary = json.loads(line)
    assert summary["run"] == "mine"
    assert (summary["cell"], summary["epoch"], summary["step"]) == ("gru", 2, 8)
    assert summary["parameters"] == 3 * 8 * (28 + 8 + 2) + 8 * 10 + 10
    assert summary["seconds"] > 0
    assert summary["samples_per_second"] > 0
    assert 0 <= summary["test_accuracy"] <= 1
    confusion = summary["confusion"]
    assert [len(row) for row in confusion] == [10] * 10
    assert sum(map(sum, confusion)) == 100
    assert summary["test_accuracy"] == pytest.approx(sum(confusion[d][d] for d in range(10)) / 100)
    files = {str(path.relative_to(tmp_path / "runs" / "mine")) for path in (tmp_path / "runs").rglob("*.*")}
    assert {"run.json", "events.jsonl", "checkpoints/step-00000008.safetensors"} <= files
    events = (tmp_path / "runs" / "mine" / "events.jsonl").read_text().splitlines()
    started = next(event for event in map(json.loads, events) if event["event"] == "RunStarted")
    assert started["config"] == json.loads((tmp_path / "runs" / "mine" / "run.json").read_text())["config"]
    again = run("train", "--name", "mine", cwd=tmp_path)
    assert (again.returncode, "there is already a run 'mine'" in again.stderr) == (2, True)


def test_plain_output_has_no_control_sequences_and_ends_with_a_summary(data: Path, tmp_path: Path) -> None:
    done = run(
        "train", "--cell", "rnn", "--hidden", "8", "--epochs", "1", "--data-dir", str(data), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "RNN, 8 hidden units" in done.stdout
    assert "finished after 4 steps" in done.stdout
    assert "test accuracy" in done.stdout.splitlines()[-2]


def test_a_missing_data_file_is_one_line_and_leaves_no_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("train", "--data-dir", "empty", "--name", "bad", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "train-images-idx3-ubyte" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["here", "detached"])
def test_a_device_that_torch_does_not_find_is_one_line_and_leaves_no_run(
    detach: list[str], tmp_path: Path
) -> None:
    done = run("train", "--device", "cuda", "--name", "bad", *detach, cwd=tmp_path, CUDA_VISIBLE_DEVICES="")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("gatescope: --device cuda: torch finds no such device here; available: ")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_file_is_rejected_as_the_folder_of_runs(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no folder")
    for command in (["runs"], ["train"], ["watch"]):
        done = run(*command, "--runs-dir", "notes", cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "notes is a file, not a folder" in done.stderr


def test_an_infinite_loss_still_gives_valid_json(tmp_path: Path) -> None:
    history = History()
    history.extend([started(), evaluated(5, loss=float("inf"))])
    summary = summarise(RunFolder(tmp_path), history)
    assert (summary["test_loss"], summary["test_accuracy"]) == (None, 0.9)
    json.dumps(summary, allow_nan=False)


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("stopped", "; resume it with `gatescope train --resume one`"),
        ("finished", "; train it longer with `gatescope train --resume one --epochs N`"),
        ("diverged", "; resume it with `gatescope train --resume one --lr` and a lower rate"),
    ],
)
def test_a_run_that_has_ended_is_not_continued_but_resumed(tmp_path: Path, state: str, advice: str) -> None:
    made = create_run(tmp_path, configure({}), "one")
    made.events.write_bytes(encode(started()) + encode(changed(state)))
    done = run("continue", "one", "--runs-dir", str(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"gatescope: run one is not training ({state}){advice}\n")


def test_every_command_has_help(tmp_path: Path) -> None:
    for command in ([], ["train"], ["export"]):
        done = run(*command, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert "Usage: gatescope" in done.stdout


def test_every_command_that_takes_a_run_says_how_one_is_named(tmp_path: Path) -> None:
    for command in ([], ["watch"], ["export"], ["pause"], ["continue"], ["stop"]):
        assert RUN in " ".join(run(*command, "--help", cwd=tmp_path).stdout.split())


HELPS = """
import click
from explorer.cli import main
context = click.Context(main, info_name="gatescope", terminal_width=80)
print(main.get_help(context))
for name, command in main.commands.items():
    print(command.get_help(click.Context(command, context, info_name=name, terminal_width=80)))
"""
"""Prints the help of every command."""


def test_no_help_is_lost_where_python_drops_docstrings(tmp_path: Path) -> None:
    usual, optimized = (
        subprocess.run(
            [sys.executable, "-P", *options, "-c", HELPS],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for options in ([], ["-OO"])
    )
    assert optimized == usual
    for said in (
        "See what gates do",
        "Train without the explorer.",
        "Take something away from a run",
        "List the runs",
    ):
        assert said in usual
    assert (
        run("export", "--help", cwd=tmp_path, PYTHONOPTIMIZE="2").stdout.count(
            "Take something away from a run"
        )
        == 1
    )
