"""The form for a new run: every option of a training, checked by the option itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Input, Select
from textual.widgets.select import NoSelection

from explorer.runs.config import OPTIONS, Config, Option, configure
from explorer.runs.errors import UsageError
from explorer.ui.screens.dialog import Dialog, Error, Field, buttons, row


@dataclass(frozen=True)
class NewRun:
    """What was asked for."""

    config: Config
    name: str | None
    """The run's name; None: made from the cell and the time."""


class NewRunForm(Dialog[NewRun]):
    """A field for every option; an empty one means its default, which it shows."""

    BINDINGS = [Binding("ctrl+s", "start", "Start", show=False)]  # noqa: RUF012 - Textual's own type

    def __init__(self) -> None:
        """Ask what to train."""
        super().__init__()
        self._run_name = Field(placeholder="cell and time", id="name")
        self._fields = {option.name: _field(option) for option in OPTIONS}
        self._error = Error()

    def compose(self) -> ComposeResult:
        """One line for each option."""
        with Vertical(id="box") as box:
            box.border_title = "new run"
            with VerticalScroll(id="fields", can_focus=False):
                yield row("name", self._run_name, "letters, digits, dots, dashes")
                for option in OPTIONS:
                    yield row(option.name.replace("_", " "), self._fields[option.name], option.help)
            yield self._error
            yield buttons("Start")

    @on(Select.Changed, "#preset")
    def show_defaults(self, event: Select.Changed) -> None:
        """Show the chosen preset's defaults in the empty fields."""
        preset = str(event.value)
        for option in OPTIONS:
            field = self._fields[option.name]
            if option.kind in ("int", "float") and isinstance(field, Input):
                field.placeholder = f"{option.default_for(preset):g}"

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Check everything; answer, or say what is wrong."""
        given = {option.name: self._value(option) for option in OPTIONS}
        try:
            config = configure(given)
        except UsageError as error:
            self._error.update(str(error))
            return
        self.dismiss(NewRun(config, self._run_name.value.strip() or None))

    def _value(self, option: Option) -> Any:
        """What stands in an option's field; None for an empty one."""
        field = self._fields[option.name]
        if isinstance(field, Select):
            return None if isinstance(field.value, NoSelection) else field.value
        return field.value.strip() or None


def _field(option: Option) -> Input | Select[str] | Select[bool]:
    """The field of an option."""
    if option.kind == "flag":
        return Select(
            [("no", False), ("yes", True)], value=False, allow_blank=False, id=option.name, compact=True
        )
    if option.kind == "choice":
        choices = [(choice, choice) for choice in option.choices]
        return Select(choices, value=option.default, allow_blank=False, id=option.name, compact=True)
    shown = "the cache" if option.default is None else f"{option.default:g}"
    return Field(placeholder=shown, id=option.name)
