"""The parts of a form: fields, the lines that they stand on, and the buttons."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import NamedTuple

from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from explorer.system.errors import label
from explorer.ui.widgets.select import Select


class Field(Input):
    """A line to fill in: printable characters only, and no more of them than make sense.

    Textual's own field for whole numbers tries 2^n ways to read n digits and a letter: 30 hang the program.
    """

    def __init__(
        self, value: str = "", *, digits: bool = False, placeholder: str = "", disabled: bool = False, id: str
    ) -> None:
        """A field with this id; with `digits`, it takes only a whole number."""
        super().__init__(
            value,
            placeholder=placeholder,
            disabled=disabled,
            id=id,
            restrict=r"[0-9]*" if digits else r"[^\x00-\x1f\x7f-\x9f]*",
            max_length=18 if digits else 1000,
        )

    @property
    def text(self) -> str:
        """What was typed, without the spaces around it."""
        return self.value.strip()


class Row(NamedTuple):
    """A line of a form."""

    field: Field | Select
    """Its id is the name of what is asked for."""
    hint: str
    """What it takes, in a few words."""

    @property
    def name(self) -> str:
        """The name of what is asked for."""
        return self.field.id or ""


def text_of(filled: Mapping[str, object], name: str, otherwise: str = "") -> str:
    """What a field was filled in with before."""
    return str(filled.get(name, otherwise))


def check_whole(name: str, typed: str, low: int, high: int) -> str:
    """What is wrong with a whole number that was typed, in one line that begins with its name; or nothing."""
    if typed.isdecimal() and low <= int(typed) <= high:
        return ""
    return f"{name}: a whole number from {low:,} to {high:,}, not {typed!r}"


class Lines(Horizontal):
    """The lines of a form: for each, what is asked for, the field for it, and a hint at what it takes.

    The text of all lines is two widgets: with two per line, a form of thirteen took twice as long to appear.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        """Show these lines."""
        shown = [*rows]
        self._names = Label(_column(label(row.name) for row in shown), classes="names", markup=False)
        self._hints = Label(_column(row.hint for row in shown), classes="hints", markup=False)
        answers = Vertical(*(row.field for row in shown), classes="answers")
        super().__init__(self._names, answers, self._hints, classes="form")

    def show(self, rows: Collection[Row], names: Container[str]) -> None:
        """Show those of all lines that have one of these names; the others keep what they hold."""
        shown = [row for row in rows if row.name in names]
        self._names.update(_column(label(row.name) for row in shown))
        self._hints.update(_column(row.hint for row in shown))
        for row in rows:
            row.field.display = row.name in names


def _column(texts: Iterable[str]) -> str:
    """Texts below each other."""
    return "\n".join(texts)


def buttons(start: str) -> Horizontal:
    """A line with a button that closes the form, and one that starts what it is for."""
    return Horizontal(
        Button("Cancel", id="cancel", compact=True),
        Button(f"{start}  ^s", variant="primary", id="start", compact=True),
        classes="buttons",
    )
