"""The list of runs on the command line: its columns, for a person, and its facts, for a script."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from kit.command import run
from kit.facts import changed, evaluated, started, stepped
from kit.names import HARD_NAMES
from kit.terminal import gatescope
from rich.cells import cell_len

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode

EVERY_COLUMN = ["name", "cell", "hidden", "data set", "state", "progress", "accuracy", "made"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four runs, newest first: 手書き, damaged; part, evaluated on 1,000 samples; whole; and new."""
    for age, name in enumerate(["new", "whole", "part", "wide"]):
        made = create_run(tmp_path, configure({"cell": "gru", "hidden": "8"}), name)
        if name != "new":
            part = {"samples": 1000, "whole": False} if name == "part" else {}
            seen = evaluated(9, accuracy=0.962, **part)
            stopped = [changed("stopped", evaluated=seen)] if name == "part" else [seen, changed("stopped")]
            events = (started(), evaluated(0, accuracy=0.1), stepped(9), *stopped)
            made.events.write_bytes(b"".join(map(encode, events)))
        os.utime(made.path / "run.json", (age, age))
    (tmp_path / "wide").rename(tmp_path / "手書き")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{}")
    os.utime(tmp_path / "damaged" / "run.json", (2.5, 2.5))
    return tmp_path


def test_the_columns_are_aligned_whatever_the_width_of_a_name(folder: Path) -> None:
    lines = run("runs", "--runs-dir", str(folder), cwd=folder).stdout.splitlines()
    head, *rows = lines
    assert [word for word in EVERY_COLUMN if word in head] == EVERY_COLUMN
    assert [row.split()[0] for row in rows] == ["手書き", "damaged", "part", "whole", "new"]
    states = ["stopped", "damaged", "stopped", "stopped", "lost"]
    starts = {cell_len(row[: row.rindex(state)]) for row, state in zip(rows, states, strict=True)}
    assert starts == {head.index("state")}


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    """Runs with names that push columns around."""
    for number, name in enumerate(HARD_NAMES):
        made = create_run(tmp_path, configure({"cell": "gru", "hidden": "8"}), f"run-{number}")
        made.path.rename(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_name_pushes_a_column_out_of_its_place_or_off_the_terminal(hard: Path, width: int) -> None:
    with gatescope("runs", "--runs-dir", str(hard), size=(width, 30), cwd=hard) as shown:
        assert shown.ended() == 0
        head, *rows = [line.rstrip() for line in shown.screen.display if line.strip()]
    assert len(rows) == len(HARD_NAMES)
    columns = [word for word in EVERY_COLUMN if word in head]
    assert {"name", "cell", "state", "progress", "accuracy"} <= {*columns}
    assert ("made" in columns) == (width >= 80)
    for row in rows:
        assert cell_len(row[: row.rindex("lost")]) == head.index("state")
    (long,) = (row for row in rows if row.startswith("xxx"))
    assert re.match("x+…x+ ", long)


def test_piped_every_name_is_whole(hard: Path) -> None:
    lines = run("runs", "--runs-dir", str(hard), cwd=hard).stdout.splitlines()
    assert any(line.startswith("x" * 200 + " ") for line in lines)


def test_an_accuracy_of_a_part_of_the_test_set_says_so(folder: Path) -> None:
    lines = run("runs", "--runs-dir", str(folder), cwd=folder).stdout.splitlines()
    shown = {line.split()[0]: line for line in lines}
    assert "96.20% of 1,000" in shown["part"]
    assert "96.20%" in shown["whole"] and " of " not in shown["whole"]
    assert "%" not in shown["new"]


@pytest.mark.parametrize(("width", "missing"), [(85, []), (72, ["data set"]), (64, ["hidden", "data set"])])
def test_a_narrow_terminal_goes_without_the_columns_that_matter_least(
    folder: Path, width: int, missing: list[str]
) -> None:
    with gatescope("runs", "--runs-dir", str(folder), size=(width, 10), cwd=folder) as shown:
        assert shown.ended() == 0
        head, *rows = [line for line in shown.text.splitlines() if line.strip()]
        assert [word for word in EVERY_COLUMN if word not in head] == missing
        assert len(rows) == 5


def test_a_cell_is_named_with_what_it_holds(tmp_path: Path) -> None:
    create_run(tmp_path, configure({"hold": "f=1, o=0.5"}), "old")
    create_run(tmp_path, configure({}), "plain")
    lines = run("runs", "--runs-dir", str(tmp_path), cwd=tmp_path).stdout.splitlines()
    assert {line.split()[0]: re.split(" {2,}", line)[1] for line in lines[1:]} == {
        "old": "lstm (f=1, o=0.5)",
        "plain": "lstm",
    }
    facts = json.loads(run("runs", "--json", "--runs-dir", str(tmp_path), cwd=tmp_path).stdout)
    assert {fact["run"]: fact["hold"] for fact in facts} == {"old": {"f": 1.0, "o": 0.5}, "plain": {}}


def test_json_has_every_fact_of_every_run(folder: Path) -> None:
    facts = json.loads(run("runs", "--json", "--runs-dir", str(folder), cwd=folder).stdout)
    part = next(fact for fact in facts if fact["run"] == "part")
    assert (part["cell"], part["hidden"], part["dataset"]) == ("gru", 8, "mnist")
    assert (part["test_accuracy"], part["test_samples"]) == (0.962, 1000)
    assert len({tuple(fact) for fact in facts}) == 1  # the same fields, also where a run can't be read


def test_a_table_for_a_document_has_every_column_and_escapes_what_would_mean_something(folder: Path) -> None:
    (folder / "whole").rename(folder / "a_b|c")
    markdown, latex, both = (
        run("runs", "--runs-dir", ".", *options, cwd=folder)
        for options in (["--format", "markdown"], ["--format", "latex"], ["--json", "--format", "latex"])
    )
    lines = markdown.stdout.splitlines()
    assert lines[0] == "| " + " | ".join(EVERY_COLUMN) + " |"
    assert len(lines) == 7 and all(len(re.split(r"(?<!\\)\|", line)) == 10 for line in lines)
    assert any(line.startswith("| a\\_b\\|c | gru | 8 | mnist | stopped |") for line in lines)
    assert latex.stdout.startswith("\\begin{tabular}{llrlllrl}\n\\toprule\nname & cell & hidden")
    assert "a\\_b|c & gru & 8 & mnist & stopped & " in latex.stdout and "96.20\\% & " in latex.stdout
    assert (both.returncode, both.stdout) == (2, "")


def test_a_filter_keeps_the_runs_that_meet_it_in_every_form(folder: Path) -> None:
    def listed(*options: str) -> str:
        return run("runs", "--runs-dir", str(folder), *options, cwd=folder).stdout

    assert [line.split()[0] for line in listed("--filter", "test>96 -part").splitlines()[1:]] == [
        "手書き",
        "whole",
    ]
    assert [one["run"] for one in json.loads(listed("--json", "--filter", "state:damaged"))] == ["damaged"]
    assert listed("--filter", "cell=lstm") == f"none of the 5 runs in {folder} meets --filter 'cell=lstm'\n"
    wrong = run("runs", "--filter", "test>x", cwd=folder)
    assert (wrong.returncode, wrong.stderr) == (2, "gatescope: test is a number, not 'x'\n")
