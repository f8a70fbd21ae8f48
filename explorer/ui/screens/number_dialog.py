"""One question whose answer is a number."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.screens.dialog import always
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form


class NumberDialog(Form[int]):
    """Asks for a whole number within limits."""

    def __init__(
        self, title: str, label: str, low: int, high: int, sensible: Callable[[], bool] = always
    ) -> None:
        """Ask for a number from `low` to `high`; `label` says of what.

        The question goes by itself once it isn't `sensible` any more.
        """
        limits = f"{low:,} to {high:,}"
        super().__init__(title, [Row(Field(digits=True, id=label.replace(" ", "_")), limits)])
        self.sensible = sensible
        self._label, self._low, self._high, self._limits = label, low, high, limits

    def check(self, name: str) -> str:
        """Whether it is a number within the limits."""
        typed = self.text(name)
        if typed.isdecimal() and self._low <= int(typed) <= self._high:
            return ""
        return f"{self._label}: a whole number from {self._limits}, not {typed!r}"

    def answer(self) -> int:
        """The number."""
        return int(self.text(self._label.replace(" ", "_")))
