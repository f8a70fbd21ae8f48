"""Standard streams that are closed, as some schedulers and scripts leave them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kit.digits import write_tiny_mnist
from kit.screen import finished_run
from kit.terminal import terminal

from explorer.runs.catalogue import list_runs
from explorer.runs.summary import Summary, summarise

pytestmark = pytest.mark.slow

every_way = pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
CODES = {"--help": 0, "train --help": 0, "runs": 0, "watch none": 2, "pause last": 2, "export last graph": 2}
"""What each command ends with where there is no run."""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Know no runs of other tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def shell(closing: str, command: str) -> list[str]:
    """Return the command line that runs gatescope with some streams closed."""
    return ["sh", "-c", f'exec "$0" -m explorer {command} {closing}', sys.executable]


def run(closing: str, command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run gatescope with some streams closed."""
    line = shell(closing, command)
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@every_way
def test_every_command_does_what_it_does_otherwise(tmp_path: Path, closing: str) -> None:
    for command, code in CODES.items():
        done = run(closing, command, tmp_path)
        assert done.returncode == code, command
        assert "Traceback" not in done.stderr and done.stderr.count("\n") == (
            code > 0 and "2>" not in closing
        )
        assert bool(done.stdout) == (code == 0 and " >" not in f" {closing}")


@pytest.mark.parametrize("closing", [">&-", "<&- >&- 2>&-"])
def test_a_training_trains_and_no_output_gets_into_its_files(tmp_path: Path, closing: str) -> None:
    write_tiny_mnist(tmp_path)
    options = "--data-dir . --hidden 4 --cell rnn --threads 1 --epochs 1"
    assert run(closing, f"train {options}", tmp_path).returncode == 0
    (folder,) = list_runs(tmp_path / "runs")
    done = summarise(folder)
    assert isinstance(done, Summary) and (done.state, done.share) == ("finished", 1.0)
    assert all(json.loads(line)["event"] for line in folder.events.read_text().splitlines())


@pytest.mark.parametrize("closing", ["<&-", ">&-", "<&- >&-"])
def test_the_explorer_says_that_it_needs_a_terminal(tmp_path: Path, closing: str) -> None:
    finished_run(tmp_path / "runs")
    with terminal(shell(closing, "watch one"), (80, 24), tmp_path) as shown:
        assert shown.ended() == 1
        assert shown.bytes == b"gatescope: the explorer needs a terminal; over SSH, use ssh -t\r\n"


@pytest.mark.parametrize("closing", ["2>&-", "2>errors"])
def test_the_explorer_is_seen_where_standard_error_goes_elsewhere(tmp_path: Path, closing: str) -> None:
    finished_run(tmp_path / "runs")
    with terminal(shell(closing, "watch one"), (100, 30), tmp_path) as shown:
        shown.until("✓ finished")
        shown.press("q")
        assert shown.ended() == 0
    assert not (tmp_path / "errors").exists() or (tmp_path / "errors").read_text() == ""
