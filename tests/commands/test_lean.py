"""`--lean`, from the command line to the bytes that the explorer may send."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kit.screen import finished_run

from explorer import cli
from explorer.commands import watch
from explorer.ui.app import Explorer
from explorer.ui.terminal.budget import LEAN, RATE, Budget


@dataclass
class Start:
    """The explorers that the commands would open, and the clock of their budgets."""

    apps: list[Explorer] = field(default_factory=list)
    now: float = 0.0

    def command(self, *arguments: str) -> Explorer:
        """Return the explorer that a command would open."""
        before = len(self.apps)
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
        assert end.value.code == 0
        assert len(self.apps) == before + 1
        return self.apps[-1]

    def allowance(self, budget: Budget) -> int:
        """Return how many bytes may be sent at once after a long idle time."""
        self.now += 100.0
        count = 0
        while budget.solvent:
            budget.spend(10, 0.0)
            count += 10
        return count - 10


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A folder with a finished run, and a terminal in which the explorer is made but not shown."""
    finished_run(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEXTUAL_FPS", "60")  # the command sets it if it is unset
    start = Start()
    for module in (cli, watch):
        monkeypatch.setattr(module, "terminal_size", lambda: (160, 45))
    monkeypatch.setattr("explorer.ui.app.Budget", lambda lean: Budget(lean, clock=lambda: start.now))

    def run(app: Explorer) -> int:
        start.apps.append(app)
        return 0

    monkeypatch.setattr(Explorer, "run", run)
    switch = sys.getswitchinterval()
    yield start
    sys.setswitchinterval(switch)
    gc.enable()


@pytest.mark.parametrize(
    ("arguments", "lean"),
    [
        ("--lean", True),
        ("watch --lean", True),
        ("--lean watch", True),
        ("watch one --lean", True),
        ("--lean watch one", True),
        ("", False),
        ("watch", False),
        ("watch one", False),
    ],
)
def test_the_budget_is_lean_only_with_the_option(start: Start, arguments: str, lean: bool) -> None:
    app = start.command(*arguments.split())
    assert (app.budget.lean, app.budget.thrifty) == (lean, lean)
    assert start.allowance(app.budget) == (LEAN if lean else RATE)


def test_the_screen_spends_from_the_budget_of_the_command_line(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start.command("--lean")
    given: list[Budget] = []
    monkeypatch.setattr("explorer.ui.app.Explore", lambda runs_dir, run, budget: given.append(budget))
    app.get_default_screen()
    assert given == [app.budget]
