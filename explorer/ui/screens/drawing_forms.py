"""The pad's forms: the name of a drawing, and what is done to a stretch of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from explorer.runs.drawings import check_name
from explorer.runs.folder import RunFolder
from explorer.system.errors import OptionError
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form
from explorer.ui.views.sheet import Sheet, Stretch, mapped, moved
from explorer.ui.widgets.select import Select, by_name

Change = Callable[[Sheet, Stretch], Sheet]
"""What makes another sheet of one and a stretch of it."""


class SaveForm(Form[str]):
    """What a drawing is called."""

    def __init__(self, folder: RunFolder, free: str) -> None:
        """Ask for a name that this run has no drawing of; `free` is one."""
        row = Row(Field(free, id="name"), "letters, digits, and . - _")
        super().__init__("save the drawing", [row])
        self._folder = folder

    def check(self, name: str) -> str:
        """Whether the name is allowed and free."""
        try:
            check_name(self._folder, self.answer())
        except OptionError as error:
            return error.in_form
        return ""

    def answer(self) -> str:
        """The name."""
        return self.text("name")


def _set(value: float, sheet: Sheet, stretch: Stretch) -> Sheet:
    """Every number is this one."""
    return mapped(sheet, stretch, lambda _: value)


def _add(value: float, sheet: Sheet, stretch: Stretch) -> Sheet:
    """Every number is so much higher."""
    return mapped(sheet, stretch, lambda number: number + value)


def _scale(value: float, sheet: Sheet, stretch: Stretch) -> Sheet:
    """Every number is so many times as large."""
    return mapped(sheet, stretch, lambda number: number * value)


def _later(value: float, sheet: Sheet, stretch: Stretch) -> Sheet:
    """All of it is so many timesteps later."""
    return moved(sheet, stretch, int(value))


CHANGES: Final[Mapping[str, Callable[[float, Sheet, Stretch], Sheet]]] = {
    "set to": _set,
    "shift by": _add,
    "scale by": _scale,
    "move later by": _later,
}
"""What can be done to a stretch, with a number."""


class ChangeForm(Form[Change]):
    """What is done to the stretch, and by how much."""

    def __init__(self, sheet: Sheet, stretch: Stretch) -> None:
        """Ask about a stretch of a sheet."""
        which = "" if stretch.channel is None or sheet.inputs == 1 else f" of input {stretch.channel}"
        low, high = (f"{end:.4g}" for end in sheet.scales[stretch.channel or 0])
        rows = [
            Row(
                Select(by_name(CHANGES), "set to", id="change"),
                "what is done to its numbers",
            ),
            Row(Field(id="number"), f"they are from {low} to {high}"),
        ]
        title = f"timesteps {stretch.first + 1:,}–{stretch.last + 1:,}{which}"
        super().__init__(title, rows, start="Change")

    def check(self, name: str) -> str:
        """Whether the number is one: a whole one for timesteps."""
        if name == "number":
            try:
                value = float(self.text(name))
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                return f"number: a number such as 0.5 or -3, not {self.text(name)!r}"
            if self.text("change") == "move later by" and not value.is_integer():
                return f"number: a whole number of timesteps, not {self.text(name)!r}"
        return ""

    def answer(self) -> Change:
        """What is done."""
        return partial(CHANGES[self.text("change")], float(self.text("number")))
