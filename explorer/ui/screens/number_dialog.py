"""One question whose answer is a number."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from explorer.ui.screens.dialog import Dialog, Error, Field, form


class NumberDialog(Dialog[int]):
    """Asks for a whole number within limits."""

    def __init__(self, title: str, label: str, low: int, high: int) -> None:
        """Ask for a number from `low` to `high`."""
        super().__init__()
        self._title = title
        self._label = label
        self._low, self._high = low, high
        self._error = Error()

    def compose(self) -> ComposeResult:
        """The box and the field."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield form([(self._label, Field(digits=True, id="number"), f"{self._low} to {self._high:,}")])
            yield self._error

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if it is a number within the limits."""
        try:
            number = int(event.value)
        except ValueError:
            number = self._low - 1
        if self._low <= number <= self._high:
            self.dismiss(number)
        else:
            self._error.update(
                f"a whole number from {self._low} to {self._high:,} is needed, not {event.value!r}"
            )
