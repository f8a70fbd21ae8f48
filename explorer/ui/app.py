"""The explorer as a program: its themes, its commands, its one main screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from textual.app import App, SystemCommand
from textual.screen import Screen

from explorer.runs.folder import RunFolder
from explorer.ui.keys import KEYS
from explorer.ui.screens.explore import Explore
from explorer.ui.themes import DARK, LIGHT


class Explorer(App[int]):
    """Opens over a folder of runs."""

    TITLE = "gatescope"
    CSS_PATH = "app.tcss"

    def __init__(self, runs_dir: Path, run: RunFolder | None = None) -> None:
        """Explore the runs in a folder, which need not exist yet, beginning with this or the newest one."""
        super().__init__()
        self.runs_dir = runs_dir
        """The folder of all runs."""
        self._run_folder = run

    def on_mount(self) -> None:
        """Dress, and open the main screen."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.push_screen(Explore(self.runs_dir, self._run_folder))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key of the main screen as a command with a name, then Textual's own."""
        for keys in KEYS.values():
            for key in keys:
                yield SystemCommand(key.tip.capitalize(), f"key {key.shown}", self._runner(key.action))
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    def _runner(self, action: str) -> Callable[[], Awaitable[None]]:
        """What the palette calls for an action of the main screen."""

        async def run() -> None:
            await self.run_action(f"screen.{action}")

        return run
