"""How much room the explorer needs; without Textual, so that a command can ask before it is loaded."""

from __future__ import annotations

from typing import Final

SMALLEST: Final = (60, 20)
"""Columns and rows below which nothing can be shown."""


def has_room(width: int, height: int) -> bool:
    """Whether a terminal of so many columns and rows can show the explorer."""
    return width >= SMALLEST[0] and height >= SMALLEST[1]
