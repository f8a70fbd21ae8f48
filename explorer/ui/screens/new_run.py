"""The form for a new run: every option of a training, checked by the option itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
from textual import on
from textual.binding import Binding, BindingType

from explorer.runs.catalogue import check_name
from explorer.runs.config import OPTIONS, Config, Option, check_hold, configure
from explorer.runs.data_files import is_file
from explorer.runs.holds import typed as typed_hold
from explorer.runs.requirements import require
from explorer.system.errors import OptionError
from explorer.ui.screens.fields import Field, Row, text_of
from explorer.ui.screens.form import Form
from explorer.ui.widgets.select import YES_OR_NO, Select, by_name

A_FILE: Final = "a file …"
"""The last answer for the data set: a file, whose path goes on the line below."""
_BY_NAME = {option.name: option for option in OPTIONS}
_TYPED: dict[str, Callable[[Any], str]] = {"float": repr, "hold": typed_hold}
"""How to type a value of a kind of option; all others as `str` does."""


@dataclass(frozen=True)
class NewRun:
    """What was asked for."""

    config: Config
    name: str | None
    """The run's name; None: made from the cell and the time."""
    typed: Mapping[str, object] = field(default_factory=dict, compare=False)
    """What was typed into the form, by field; empty if it was asked for in another way."""


class NewRunForm(Form[NewRun]):
    """A field for every option; an empty field means the default, which it shows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "reset", "Defaults", show=False)]

    def __init__(
        self, runs_dir: Path, filled: NewRun | Mapping[str, object] | None = None, error: str = ""
    ) -> None:
        """Ask what to train.

        Args:
            runs_dir: the folder of all runs, in which the name must be free.
            filled: what to fill in: what was typed before (`typed`), or the run that it stood for.
            error: why that run could not be started, if it was tried.
        """
        typed = as_typed(filled) if isinstance(filled, NewRun) else filled or {}
        preset = text_of(typed, "preset", "default")
        name = Field(text_of(typed, "name"), placeholder="cell and time", id="name")
        options = [Row(_field(one, preset, typed), _hint(one)) for one in OPTIONS]
        suffix = _BY_NAME["dataset"].suffix
        file = Row(Field(text_of(typed, "file"), placeholder=f"*{suffix}", id="file"), "with x and y")
        options.insert(OPTIONS.index(_BY_NAME["dataset"]) + 1, file)
        changed = any(value != _default(field) for field, value in typed.items())
        note = "filled in as you left it · ^r: back to the defaults" if changed else ""
        rows = [Row(name, "letters, digits, and . - _"), *options]
        super().__init__("new run", rows, start="Start", error=error, note=note)
        self._runs_dir = runs_dir
        self._preset = preset
        self.show_place()

    @on(Select.Changed, "#dataset")
    def show_place(self) -> None:
        """Show the line that says where the data are: for a file its path, else the folder of the copies."""
        self.show_rows({*self._rows} - {"data_dir" if self._of_file else "file"})

    @on(Select.Changed, "#preset")
    def show_defaults(self) -> None:
        """Show the chosen preset's defaults, in empty fields and in choices that nobody has changed."""
        before, self._preset = self._preset, self.text("preset")
        for option in OPTIONS:
            field = self._rows[option.name].field
            if isinstance(field, Field):
                field.placeholder = _placeholder(option, self._preset)
            elif option.under and field.value == option.default_for(before):
                field.value = option.default_for(self._preset)

    def action_reset(self) -> None:
        """Go back to the defaults."""
        for name, row in self._rows.items():
            row.field.value = _default(name)
        self._error = self._note = ""
        self._check(*self._rows)

    def check(self, name: str) -> str:
        """What is wrong with an option's value, with the file, or with the name."""
        try:
            if name == "file":
                return self._check_file()
            if name == "dataset":  # each answer is right; a file is checked on its own line
                return ""
            if name != "name":
                value = _BY_NAME[name].parse(self._value(name) or _BY_NAME[name].default)
                require(name, {"dataset": self._dataset, name: value})
                if name == "hold":
                    check_hold(value, self.text("cell"), self.text("precision"))
            elif self.typed[name]:
                check_name(self._runs_dir, str(self.typed[name]))
        except OptionError as error:
            return error.in_form
        return ""

    def answer(self) -> NewRun:
        """The run that is asked for."""
        config = configure({option.name: self._value(option.name) for option in OPTIONS})
        return NewRun(config, str(self.typed["name"]) or None, self.typed)

    def _check_file(self) -> str:
        """What is wrong with the path of the file."""
        option, path = _BY_NAME["dataset"], self.text("file")
        if not path.lower().endswith(option.suffix):
            return f"file: a name that ends in {option.suffix}, not {path!r}"
        try:
            require("dataset", {"dataset": option.parse(path)})
        except OptionError as error:
            return error.in_form.replace("dataset", "file", 1)
        return ""

    @property
    def _of_file(self) -> bool:
        """Whether the data set is a file."""
        return self._rows["dataset"].field.value == A_FILE

    @property
    def _dataset(self) -> str:
        """The data set: a name or a path."""
        return self.text("file" if self._of_file else "dataset")

    def _value(self, name: str) -> Any:
        """The value of an option's field; None if it is empty, or for other data sets."""
        if name == "dataset":
            return self._dataset
        if name == "data_dir" and self._of_file:
            return None
        value = self._rows[name].field.value
        return (value.strip() or None) if isinstance(value, str) else value


def _default(name: str) -> object:
    """What a field holds that nobody has touched."""
    option = _BY_NAME.get(name)
    return option.default if option and option.kind in ("choice", "flag") else ""


def as_typed(wanted: NewRun) -> Mapping[str, object]:
    """What to type into the form to ask for a run: what was typed, or else what differs from the defaults."""
    if wanted.typed:
        return wanted.typed
    typed: dict[str, object] = {"name": wanted.name or ""}
    for option in OPTIONS:
        value = getattr(wanted.config, option.name)
        if option.suffix and is_file(value):
            typed |= {option.name: A_FILE, "file": value}
        elif option.kind in ("choice", "flag"):
            typed[option.name] = value
        elif value is not None and value != option.default_for(wanted.config.preset):
            typed[option.name] = _TYPED.get(option.kind, str)(value)
    return typed


def with_cell(config: Config, cell: str) -> NewRun:
    """The same training with another cell, which holds nothing: it has other activations."""
    return NewRun(msgspec.structs.replace(config, cell=cell, hold={}), None)


def _field(option: Option, preset: str, typed: Mapping[str, object]) -> Field | Select:
    """The field of an option, filled in."""
    if option.kind == "flag":
        return Select(YES_OR_NO, typed.get(option.name, False), id=option.name)
    if option.kind == "choice":
        choices = (*option.choices, A_FILE) if option.suffix else option.choices
        return Select(by_name(choices), typed.get(option.name, option.default), id=option.name)
    return Field(text_of(typed, option.name), placeholder=_placeholder(option, preset), id=option.name)


def _placeholder(option: Option, preset: str) -> str:
    """What an empty field stands for."""
    default = option.default_for(preset)
    if option.kind == "hold":
        return "nothing"
    return "your cache" if default is None else f"{default:g}"


def _hint(option: Option) -> str:
    """What an option does, and which numbers it takes."""
    return f"{option.help} · {option.takes()}" if option.kind in ("int", "float", "hold") else option.help
