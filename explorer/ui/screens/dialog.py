"""What every dialog has: a box in the middle, escape to close it, and a line that says which keys it takes.

A dialog keeps its fields instead of looking them up: a key may arrive before they are on the screen, and a
message after they have left it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import on
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Button, Label

from explorer.ui.screens.modal import Modal, Result
from explorer.ui.widgets.room import room_for

NARROW: Final = 80
"""Columns of a terminal below which a form shows only the hint of the field that has the focus."""

CLOSE: Final = "esc: close"
"""How every dialog names the key that closes it."""

CHECK_SECONDS: Final = 0.25
"""Seconds between two checks whether a question still makes sense."""


def always() -> bool:
    """Whether a question makes sense that always does."""
    return True


class Dialog(Modal[Result | None]):
    """A box over the explorer; it is dismissed with its answer, or with None if it was closed without one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", show=False)]

    sensible: Callable[[], bool] = staticmethod(always)
    """Whether the question still makes sense; once it doesn't, it goes by itself."""
    moot: Result | None = None
    """The answer then."""

    @property
    def narrow(self) -> bool:
        """Whether the terminal has no room for hints beside the fields."""
        return self.app.size.width < NARROW

    def on_mount(self) -> None:
        """Fit in; look now and then whether the question still makes sense."""
        self.set_class(self.narrow, "-narrow")
        if self.sensible is not always:
            self.set_interval(CHECK_SECONDS, self._check_sense)

    def _check_sense(self) -> None:
        """Leave when it doesn't."""
        if not self.sensible():
            self.dismiss(self.moot)

    def on_resize(self, event: Resize) -> None:
        """Fit in."""
        self.set_class(self.narrow, "-narrow")

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Answer, but only once: a second key may arrive before the first has closed the dialog.

        Textual would then close whatever is below it, too.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()

    @on(Button.Pressed, "#cancel")
    def action_leave(self) -> None:
        """Close it without an answer."""
        self.dismiss(None)


class Scroll(VerticalScroll):
    """The part of a dialog's box that gives way: what it has no room for is scrolled."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All lines, or as many as the rest of the box leaves."""
        lines = super().get_content_height(container, viewport, width)
        return min(lines, room_for(self, container, viewport, width))


def hint(*keys: str) -> Label:
    """The last line of a dialog: what its keys do, the one that closes it last."""
    return Label(" · ".join((*keys, CLOSE)), classes="hint", markup=False)
