"""What is shown of a terminal that is too small for anything else."""

from __future__ import annotations

from textual.geometry import Size
from textual.widgets import Label

from explorer.ui.base.size import SMALLEST


class TooSmall(Label):
    """The terminal's size, and the one that is needed; nothing else is shown."""

    def __init__(self) -> None:
        """Say nothing yet."""
        super().__init__("", markup=False)

    def say(self, size: Size) -> None:
        """Say how large the terminal is."""
        self.update(f"{size.width}×{size.height}\nthe explorer needs {SMALLEST[0]}×{SMALLEST[1]}")
