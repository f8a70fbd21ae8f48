"""Runs made by another version of gatescope: listed in one line, opened only on request, never skipped
silently."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from kit.command import run
from kit.screen import exploring, finished_run, new_run

from explorer.runs.catalogue import list_runs, newest_of
from explorer.runs.folder import FORMAT, OtherFormatError, RunFolder


def aged(folder: RunFolder, format: int = FORMAT - 1) -> RunFolder:
    """Change a run as if another version wrote it: another format and an unknown configuration."""
    path = folder.path / "run.json"
    content = json.loads(path.read_text())
    content |= {"format": format, "gatescope": "0.1.0", "config": {"cell": "lstm", "momentum": 0.9}}
    path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(("format", "age"), [(FORMAT - 1, "an older"), (FORMAT + 1, "a newer")])
def test_reading_a_run_tells_which_version_made_it(tmp_path: Path, format: int, age: str) -> None:
    folder = aged(new_run(tmp_path, "old"), format)
    with pytest.raises(OtherFormatError, match=rf"run old is from {age} version of gatescope \(0\.1\.0, "):
        folder.read()
    assert not folder.is_readable()


def test_the_run_is_listed_in_one_line_beside_the_others(tmp_path: Path) -> None:
    aged(finished_run(tmp_path, "old"))
    finished_run(tmp_path, "young")
    listed = run("runs", "--runs-dir", str(tmp_path), cwd=tmp_path).stdout.splitlines()
    assert [line for line in listed if "old" in line] == [
        next(line for line in listed if re.fullmatch(r"old +– {2,}from an older version", line))
    ]
    assert any(re.match(r"young +lstm +40 +mnist +finished", line) for line in listed)
    facts = {
        fact["run"]: fact
        for fact in json.loads(run("runs", "--json", "--runs-dir", str(tmp_path), cwd=tmp_path).stdout)
    }
    assert (facts["old"]["state"], facts["old"]["reason"]) == ("unreadable", "from an older version")
    assert facts["old"].keys() == facts["young"].keys()


@pytest.mark.parametrize(
    "arguments", [["watch", "old"], ["train", "--resume", "old"], ["export", "old", "graph"]], ids=" ".join
)
def test_naming_the_run_in_a_command_is_a_one_line_error(tmp_path: Path, arguments: list[str]) -> None:
    aged(finished_run(tmp_path, "old"))

    def everything() -> list[tuple[Path, int]]:
        return sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))

    before = everything()
    done = run(*arguments, "--runs-dir", str(tmp_path), cwd=tmp_path)
    assert everything() == before
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert (
        "run old is from an older version of gatescope (0.1.0, format 1); open it with that version"
        in done.stderr
    )


def test_having_no_other_runs_is_reported(tmp_path: Path) -> None:
    aged(finished_run(tmp_path, "old"))
    assert "no run in" in run("watch", "--runs-dir", str(tmp_path), cwd=tmp_path).stderr


def test_the_newest_run_is_the_newest_of_this_version(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        new_run(tmp_path, name)
    found = list_runs(tmp_path)
    aged(found[0])
    newest, skipped = newest_of(found)
    assert newest is not None
    assert (newest.path, skipped) == (found[1].path, 1)


async def test_the_explorer_opens_another_run_and_says_what_it_skipped(tmp_path: Path) -> None:
    finished_run(tmp_path, "young")
    aged(finished_run(tmp_path, "old"))
    async with exploring(tmp_path) as visit:
        await visit.sees("LSTM 40 .* young")
        await visit.sees("1 newer run can't be opened; r lists all runs")


async def test_choosing_the_run_from_the_list_gives_the_reason_and_keeps_the_open_run(tmp_path: Path) -> None:
    finished_run(tmp_path, "young")
    aged(finished_run(tmp_path, "old"))
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await visit.press("r")
        await visit.sees(r"old +from an older version")
        await visit.press("home", "enter")
        await visit.sees("run old is from an older version of gatescope")
        await visit.sees("LSTM 40 .* young")
        await visit.sees("is 0, read as 0")
