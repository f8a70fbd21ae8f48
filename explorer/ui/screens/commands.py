"""Every command by name, with its key: the command palette."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider, ProviderSource
from textual.content import Content
from textual.theme import ThemeProvider

from explorer.ui.base.textual_patches import PatchedPalette
from explorer.ui.screens.modal import Modal

KEY_WIDTH = 11
"""Columns for the key in front of a command: the longest is `shift+tab`."""


class Commands(Provider):
    """The app's commands in their own order, each in one line."""

    async def discover(self) -> Hits:
        """All commands."""
        for command in self._commands():
            yield DiscoveryHit(_line(command.help, Content(command.title)), command.callback, command.title)

    async def search(self, query: str) -> Hits:
        """The commands whose names have the letters of the query, in their order."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                name = matcher.highlight(command.title)
                yield Hit(score, _line(command.help, name), command.callback, command.title)

    def _commands(self) -> Iterator[SystemCommand]:
        """The commands that can be run now; the help of each is its key."""
        yield from self.app.get_system_commands(self.screen)


def _line(key: str, name: Content) -> Content:
    """One line of the list."""
    return Content.assemble((f"{key:{KEY_WIDTH}}", "$accent"), name)


class Palette(PatchedPalette, Modal[None]):
    """Textual's own palette, at the terminal's current size."""

    def __init__(
        self,
        providers: ProviderSource = (Commands,),
        placeholder: str = "part of a command; enter runs it, esc closes this",
    ) -> None:
        """Offer the app's commands."""
        super().__init__(providers, placeholder=placeholder)


def theme_palette() -> Palette:
    """A palette of all themes."""
    return Palette((ThemeProvider,), "part of a theme's name; enter chooses it, esc closes this")
