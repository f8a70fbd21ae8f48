"""What the explorer remembers from one visit to the next, in one small file of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec.structs import replace
from textual.theme import Theme

from explorer.system.files import read_file, write_atomically
from explorer.system.user_folders import user_folder
from explorer.ui.base.themes import DARK, LIGHT

MOST_BYTES: Final = 1 << 14
"""The most that is read: the file has some 100 bytes."""


class Settings(msgspec.Struct, frozen=True):
    """The themes that were chosen last, one for each brightness; and whether to notify."""

    brightness: Literal["dark", "light"] = "dark"
    """Which of the two is used."""
    dark: str = DARK.name
    """The name of the dark theme."""
    light: str = LIGHT.name
    """The name of the light theme."""
    notify: bool = True
    """Whether the terminal notifies a person when the run that is open ends."""

    @property
    def theme(self) -> str:
        """The name of the theme that is used."""
        return self.dark if self.brightness == "dark" else self.light

    @property
    def opposite(self) -> str:
        """The name of the other theme."""
        return self.light if self.brightness == "dark" else self.dark

    def with_theme(self, theme: Theme) -> Settings:
        """These settings after a theme was chosen."""
        if theme.dark:
            return replace(self, brightness="dark", dark=theme.name)
        return replace(self, brightness="light", light=theme.name)

    def among(self, themes: Mapping[str, Theme]) -> Settings:
        """These settings, with our own theme instead of one that is unknown or has the wrong brightness."""
        dark, light = themes.get(self.dark, DARK), themes.get(self.light, LIGHT)
        return replace(
            self,
            dark=dark.name if dark.dark else DARK.name,
            light=LIGHT.name if light.dark else light.name,
        )


def settings_file() -> Path:
    """Where the settings are kept: `~/.config/gatescope/settings.json`, or the system's place for it.

    Raises:
        OSError: there is no home folder.
    """
    return user_folder("config") / "settings.json"


def load_settings() -> Settings:
    """The settings of the last visit; the defaults where there are none, or none that can be read."""
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(read_file(settings_file(), MOST_BYTES), type=Settings)
    return Settings()


def save_settings(settings: Settings) -> None:
    """Write the settings down, whole or not at all; where that is impossible, they last for this visit.

    It waits for the disk, so it belongs in a thread.
    """
    with suppress(OSError):
        file = settings_file()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(file, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
