"""One line of text from a person."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from explorer.ui.screens.dialog import Dialog, Field


class AskNumber(Dialog[int]):
    """Asks for a whole number within limits."""

    def __init__(self, title: str, label: str, low: int, high: int) -> None:
        """Ask for a number from `low` to `high`."""
        super().__init__()
        self._title = title
        self._label = label
        self._low, self._high = low, high

    def compose(self) -> ComposeResult:
        """The box and the field."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            with Horizontal(classes="row"):
                yield Label(self._label, markup=False)
                yield Field(digits=True, id="number")
                yield Label(f"{self._low} to {self._high:,}", classes="hint", markup=False)
            yield Label("", id="error", classes="error", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if it is such a number."""
        try:
            number = int(event.value)
        except ValueError:
            number = self._low - 1
        if self._low <= number <= self._high:
            self.dismiss(number)
        else:
            self.query_one("#error", Label).update(
                f"a whole number from {self._low} to {self._high:,} is wanted, not {event.value!r}"
            )
