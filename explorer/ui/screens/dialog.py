"""What every dialog has: a box in the middle, and escape to leave."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Dialog(ModalScreen[Result | None]):
    """A box over the explorer; what it is dismissed with is its answer, None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", show=False)]

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
