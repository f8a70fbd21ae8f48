"""One question whose answer is a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from explorer.ui.screens.dialog import always
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Wanted(Generic[Number]):
    """Which numbers are right."""

    kind: str
    """What they are: `a whole number from 0 to 9`."""
    hint: str
    """The same in a few words."""
    read: Callable[[str], Number | None]
    """The number that was typed; None if it isn't right."""
    digits: bool = False
    """Whether nothing but digits can be typed."""


def whole(low: int, high: int) -> Wanted[int]:
    """Whole numbers within limits."""

    def read(text: str) -> int | None:
        """The number, if it is one of them."""
        return int(text) if text.isdecimal() and low <= int(text) <= high else None

    return Wanted(f"a whole number from {low:,} to {high:,}", f"{low:,} to {high:,}", read, digits=True)


class NumberDialog(Form[Number]):
    """Asks for a number."""

    def __init__(
        self,
        title: str,
        label: str,
        wanted: Wanted[Number],
        sensible: Callable[[], bool] = always,
        *,
        filled: str = "",
        note: str = "",
    ) -> None:
        """Ask for a number; `label` says of what.

        The question goes by itself once it isn't `sensible` any more. It may be `filled` in already, and a
        `note` may say more about it.
        """
        self._field = Field(filled, digits=wanted.digits, id=label.replace(" ", "_"))
        super().__init__(title, [Row(self._field, wanted.hint)], note=note)
        self.sensible = sensible
        self._label = label
        self._wanted: Wanted[Number] = wanted

    def check(self, name: str) -> str:
        """Whether it is a number that is right."""
        if self._wanted.read(typed := self._field.text) is not None:
            return ""
        return f"{self._label}: {self._wanted.kind}, not {typed!r}"

    def answer(self) -> Number:
        """The number."""
        number: Number | None = self._wanted.read(self._field.text)
        assert number is not None  # it was checked
        return number
