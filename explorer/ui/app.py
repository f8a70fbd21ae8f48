"""The explorer as a program: its themes, its commands, its main screen."""

from __future__ import annotations

import gc
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import ClassVar, Literal

from msgspec.structs import replace
from textual import work
from textual.actions import ActionParseResult
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.events import Resize
from textual.screen import Screen
from textual.theme import Theme

from explorer.runs.catalogue import Newest
from explorer.ui.base.settings import load_settings, save_settings
from explorer.ui.base.size import has_room
from explorer.ui.base.textual_patches import CompositorUpdate, PatchedApp
from explorer.ui.base.themes import DARK, LIGHT
from explorer.ui.screens.commands import Palette, theme_palette
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.help import Help
from explorer.ui.screens.keys import KEYS, NAMED
from explorer.ui.terminal.driver import Terminal
from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.notify import announcement
from explorer.ui.terminal.pace import Pace
from explorer.ui.widgets.message_line import Notice

SETTLED = 1.0
"""Seconds until everything that the first screen needs is loaded."""


class Explorer(PatchedApp[int]):
    """The app: explores a folder of runs."""

    TITLE = "gatescope"
    CSS_PATH = "app.tcss"
    SCREENS: ClassVar[dict[str, type[Screen[None]]]] = {"help": Help}  # type: ignore[assignment]

    ALLOW_SELECT: ClassVar[bool] = False
    """Nothing is selected with the mouse: in Textual, a press over a widget that was just removed fails."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "redraw", "Redraw", show=False, priority=True)  # also over a dialog
    ]

    def __init__(
        self, runs_dir: Path, first: Newest | None = None, lean: bool = False, notify: bool = True
    ) -> None:
        """Explore the runs in a folder.

        Args:
            runs_dir: the folder, which need not exist yet.
            first: the run to begin with, found by the caller; None: the newest in the folder.
            lean: send as little as possible to the terminal.
            notify: whether the terminal may notify a person, if that is wanted at all.
        """
        self.pace = Pace(lean)
        """How fast the terminal takes what is sent."""
        super().__init__(driver_class=Terminal)
        self.runs_dir = runs_dir
        """The folder of all runs."""
        self.complaint = ""
        """What went wrong while the app was left, in one line, to be said once the terminal is restored."""
        self._first = first
        self._notify = notify

        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.settings = load_settings().among(self.available_themes)
        """What is remembered from one visit to the next."""
        self.theme = self.settings.theme
        self._saving = Lock()

    def get_default_screen(self) -> Explore:
        """The main screen, below all dialogs."""
        return Explore(self.runs_dir, self._first, self.pace)

    def on_mount(self) -> None:
        """Start to collect garbage only once everything that stays is loaded; remember each chosen theme."""
        self.set_timer(SETTLED, self._settle)
        self.theme_changed_signal.subscribe(self, self._remember)

    def _settle(self) -> None:
        """Exempt everything that exists now: scanning it, too, would hold up a key for 60 to 110 ms.

        The help page is made in advance: made on demand, it took seven times as long to appear.
        """
        if self.is_running:
            self.keep_screen("help")
        gc.freeze()
        gc.enable()

    def _remember(self, theme: Theme) -> None:
        """Remember a theme for the next visit."""
        self.settings = self.settings.with_theme(theme)
        self._save()

    @work(thread=True)
    def _save(self) -> None:
        """Write the newest settings down: of two threads, the one that comes last has them, too."""
        with self._saving:
            save_settings(self.settings)

    def on_resize(self, event: Resize) -> None:
        """Rely on nothing that the terminal showed before."""
        if isinstance(self.driver, Terminal):
            self.driver.resized(*event.size)

    def on_explore_left(self, message: Explore.Left) -> None:
        """End, and leave it to the caller of `run` to say what went wrong."""
        self.complaint = message.complaint
        self.exit(0)

    def on_explore_ended(self, message: Explore.Ended) -> None:
        """Have the terminal notify a person who looks at another window."""
        if self._notify and self.settings.notify and isinstance(self.driver, Terminal):
            self.driver.write(announcement(message.text, os.environ))  # the writer keeps it out of frames

    def action_notifications(self) -> None:
        """Notify no more when a run ends, or again; remembered."""
        self.settings = replace(self.settings, notify=not self.settings.notify)
        self._notify = True  # what is chosen here holds for this visit, too
        self._save()
        self.notify(f"the terminal notifies you when a run ends: {'yes' if self.settings.notify else 'no'}")

    def action_redraw(self) -> None:
        """Send the whole screen again: another program may have written over it."""
        if isinstance(self.driver, Terminal):
            self.driver.redraw()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key is bound to; where there is no room to show anything, only quitting works.

        Textual's own lists expect at least one line: page down in a list without one would end the app.
        """
        name = action.rpartition(".")[2] if isinstance(action, str) else action[1]
        if not has_room(*self.size) and name not in ("quit", "quit_explorer"):
            return False
        return await super().run_action(action, default_namespace, namespaces)

    def show_update(self, update: CompositorUpdate) -> bool:
        """Have the terminal show an update; false in a test, which has no terminal."""
        if not isinstance(self.driver, Terminal):
            return False
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        frame = Frame(update, self.colours, cursor, self.synchronised, self.pace.answering)
        self.driver.show(frame)
        return True

    def pop_screen(self) -> AwaitComplete:
        """Close the topmost dialog, but never the main screen below it: two quick keys could ask for that."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def action_command_palette(self) -> None:
        """Show the commands, unless a dialog is open or on its way."""
        self._show(Palette)

    def search_themes(self) -> None:
        """Show all themes by name."""
        self._show(theme_palette)

    def _show(self, palette: Callable[[], Palette]) -> None:
        """Show a palette over the main screen, as that shows its dialogs."""
        main = self.screen_stack[0]
        if isinstance(main, Explore):
            main.gate.show(palette)

    def action_help_quit(self) -> None:
        """Say which key quits: ctrl+c, which ends most programs, copies text in a field."""
        dialog = len(self.screen_stack) > 1
        cure = "esc closes this, then q quits" if dialog else "q quits; the training can keep running"
        self.notify(cure, markup=False)

    def action_press_again(self, key: str) -> None:
        """Say that a key has not acted: what comes in one piece with an escape may be the terminal's."""
        self.notify(f"{key} came with an escape: press {key} again")

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say something in the line of messages: Textual's own boxes would cover what they are about."""
        main = self.screen_stack[0] if self.screen_stack else None
        if isinstance(main, Explore):
            main.say(Notice(f"{title}: {message}" if title else message, severity))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The keys of the main screen, as named commands; then the others."""
        for keys in KEYS.values():
            for key in keys:
                yield SystemCommand(key.tip.capitalize(), key.shown, self._runner(key.action))
        for action, about in NAMED:
            yield SystemCommand(f"{about.title}: {about.tip}".capitalize(), "", self._runner(action))
        yield SystemCommand("Redraw the screen", "ctrl+l", self.action_redraw)
        yield SystemCommand("Notify when a run ends, or don't", "", self.action_notifications)
        yield SystemCommand("Choose a theme", "", self.search_themes)
        yield SystemCommand("Save a picture of the screen", "", self.deliver_screenshot)

    def _runner(self, action: str) -> Callable[[], Awaitable[None]]:
        """The callback with which the palette runs an action of the main screen."""

        async def run() -> None:
            await self.run_action(f"screen.{action}")

        return run
