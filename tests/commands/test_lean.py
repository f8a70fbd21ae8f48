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
from explorer.ui.terminal.pace import Pace


@dataclass
class Start:
    """The explorers that the commands would open, and the clock of their paces."""

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

    def limited(self, pace: Pace) -> bool:
        """Return whether a megabyte that no key asked for has the next one wait."""
        self.now += 100.0
        pace.sent(1_000_000, 0.0, asking=False)
        return not pace.ready


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A folder with a finished run, and a terminal in which the explorer is made but not shown."""
    finished_run(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEXTUAL_FPS", "60")  # the command sets it if it is unset
    start = Start()
    for module in (cli, watch):
        monkeypatch.setattr(module, "terminal_size", lambda: (160, 45))
    monkeypatch.setattr("explorer.ui.app.Pace", lambda lean: Pace(lean, clock=lambda: start.now))

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
def test_what_changes_by_itself_is_limited_only_with_the_option(
    start: Start, arguments: str, lean: bool
) -> None:
    app = start.command(*arguments.split())
    assert app.pace.lean == lean
    assert start.limited(app.pace) == lean


def test_the_screen_has_the_pace_of_the_command_line(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    app = start.command("--lean")
    given: list[Pace] = []
    monkeypatch.setattr("explorer.ui.app.Explore", lambda runs_dir, run, pace: given.append(pace))
    app.get_default_screen()
    assert given == [app.pace]
