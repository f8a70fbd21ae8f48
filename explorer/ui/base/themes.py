"""The explorer's own two themes; Textual's are in the command palette."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.theme import Theme

DARK = Theme(
    name="gatescope-dark",
    primary="#5ab0f6",
    secondary="#8f8cf0",
    accent="#ffb454",
    foreground="#d9dee8",
    background="#0f1218",
    surface="#161b24",
    panel="#1c2330",
    success="#6fd08c",
    warning="#ffcb6b",
    error="#ff6e6e",
    dark=True,
)
LIGHT = Theme(
    name="gatescope-light",
    primary="#1668b8",
    secondary="#5b54c4",
    accent="#a34708",
    foreground="#1b1f27",
    background="#fbfbf9",
    surface="#f1f2ef",
    panel="#e6e8e4",
    success="#14632f",
    warning="#9a6200",
    error="#b3261e",
    dark=False,
)


def toggle_brightness(app: App[Any]) -> None:
    """Switch from a dark theme to the light one that was chosen last, or from a light theme to the dark one.

    The app has `settings`, which remember both.
    """
    app.theme = app.settings.opposite  # type: ignore[attr-defined]
