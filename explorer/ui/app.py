"""The explorer as a program: its themes, its commands, its one main screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from explorer.ui.screens.explore import Explore
from explorer.ui.themes import DARK, LIGHT


class Explorer(App[int]):
    """Opens over a folder of runs."""

    TITLE = "gatescope"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, runs_dir: Path) -> None:
        """Explore the runs in a folder, which need not exist yet."""
        super().__init__()
        self.runs_dir = runs_dir
        """The folder of all runs."""

    def on_mount(self) -> None:
        """Dress, and open the main screen."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.push_screen(Explore(self.runs_dir))

    def toggle_theme(self) -> None:
        """Dark to light, and back."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key of the main screen as a command with a name, then Textual's own."""
        for binding in Explore.BINDINGS:
            if isinstance(binding, Binding):
                yield SystemCommand(
                    binding.tooltip.capitalize(), _keys(binding), self._runner(binding.action)
                )
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    def _runner(self, action: str) -> Callable[[], Awaitable[None]]:
        """What the palette calls for an action of the main screen."""

        async def run() -> None:
            await self.run_action(f"screen.{action}")

        return run


def _keys(binding: Binding) -> str:
    """How a person presses a binding."""
    return f"key {binding.key_display or binding.key.split(',')[0]}"
