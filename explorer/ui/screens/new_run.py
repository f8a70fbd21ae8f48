"""The form for a new run: every option of a training, checked by the option itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Input

from explorer.runs.catalogue import check_name
from explorer.runs.config import OPTIONS, Config, Option, configure
from explorer.runs.errors import UsageError
from explorer.ui.screens.dialog import Dialog, Error, Field, buttons, form
from explorer.ui.widgets.select import YES_OR_NO, Select


@dataclass(frozen=True)
class NewRun:
    """What was asked for."""

    config: Config
    name: str | None
    """The run's name; None: made from the cell and the time."""


class NewRunForm(Dialog[NewRun]):
    """A field for every option; an empty field means the default, which it shows."""

    BINDINGS = [Binding("ctrl+s", "start", "Start", show=False)]  # noqa: RUF012 - Textual's own type

    def __init__(self, runs_dir: Path) -> None:
        """Ask what to train, in a folder of runs."""
        super().__init__()
        self._runs_dir = runs_dir
        self._run_name = Field(placeholder="cell and time", id="name")
        self._fields = {option.name: _field(option) for option in OPTIONS}
        self._error = Error()

    def compose(self) -> ComposeResult:
        """One line for each option."""
        with Vertical(id="box") as box:
            box.border_title = "new run"
            with VerticalScroll(id="fields", can_focus=False):
                options = ((one.name.replace("_", " "), self._fields[one.name], one.help) for one in OPTIONS)
                yield form([("name", self._run_name, "letters, digits, and . - _"), *options])
            yield self._error
            yield buttons("Start")

    @on(Select.Changed, "#preset")
    def show_defaults(self) -> None:
        """Show the chosen preset's defaults in the empty fields."""
        preset = str(self._fields["preset"].value)
        for option in OPTIONS:
            field = self._fields[option.name]
            if option.kind in ("int", "float") and isinstance(field, Input):
                field.placeholder = f"{option.default_for(preset):g}"

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Check everything; answer, or say what is wrong."""
        given = {option.name: self._value(option) for option in OPTIONS}
        name = self._run_name.value.strip() or None
        try:
            if name is not None:
                check_name(self._runs_dir, name)
            config = configure(given)
        except UsageError as error:
            self._error.update(str(error))
            return
        self.dismiss(NewRun(config, name))

    def _value(self, option: Option) -> Any:
        """The value of an option's field; None if it is empty."""
        value = self._fields[option.name].value
        return (value.strip() or None) if isinstance(value, str) else value


def _field(option: Option) -> Field | Select:
    """The field of an option."""
    if option.kind == "flag":
        return Select(YES_OR_NO, False, id=option.name)
    if option.kind == "choice":
        return Select([(choice, choice) for choice in option.choices], option.default, id=option.name)
    shown = "the cache" if option.default is None else f"{option.default:g}"
    return Field(placeholder=shown, id=option.name)
