"""How much room the explorer needs; no Textual here, so a command can check before loading it."""

from __future__ import annotations

from typing import Final

SMALLEST: Final = (60, 20)
"""Columns and rows below which nothing can be shown."""


def has_room(width: int, height: int) -> bool:
    """Whether a terminal with this many columns and rows can show the explorer."""
    return width >= SMALLEST[0] and height >= SMALLEST[1]
