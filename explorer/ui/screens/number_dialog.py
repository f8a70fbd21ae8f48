"""One question whose answer is a number."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.screens.dialog import always
from explorer.ui.screens.fields import Field, Row, check_whole
from explorer.ui.screens.form import Form


class NumberDialog(Form[int]):
    """Asks for a whole number within limits."""

    def __init__(
        self, title: str, label: str, low: int, high: int, sensible: Callable[[], bool] = always
    ) -> None:
        """Ask for a number from `low` to `high`; `label` says of what.

        The question goes by itself once it isn't `sensible` any more.
        """
        self._field = Field(digits=True, id=label.replace(" ", "_"))
        super().__init__(title, [Row(self._field, f"{low:,} to {high:,}")])
        self.sensible = sensible
        self._label, self._low, self._high = label, low, high

    def check(self, name: str) -> str:
        """Whether it is a number within the limits."""
        return check_whole(self._label, self._field.text, self._low, self._high)

    def answer(self) -> int:
        """The number."""
        return int(self._field.text)
