"""The form for an export: what to take away, how, in which format, and to which file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from textual import on
from textual.widgets import Input

from explorer.protocol.exports import CHANGES, DATA, EXPORTS, OPTIONS
from explorer.protocol.interventions import from_fields, typed
from explorer.protocol.questions import Sample, Selection
from explorer.system.errors import OptionError, label
from explorer.system.outputs import is_special, is_standard_output
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.screens.fields import Field, Row, check_whole, text_of
from explorer.ui.screens.form import Form
from explorer.ui.widgets.select import YES_OR_NO, Select, by_name

SPANS: Final = (
    ("one timestep", "step"),
    ("unrolled", "unroll"),
    ("all timesteps", "whole"),
)
ROWS: Final[Mapping[str, tuple[str, ...]]] = {"span": ("span", "timesteps"), "no_title": ("title",)}
"""The lines for an option of `EXPORTS`; any other option has one line, of the same name."""
COMMON: Final = ("what", "format", "file", "replace")
"""The lines that belong to every export."""


_PLAIN: Final = tuple(name for name in OPTIONS if name not in ROWS)
"""The options that have a line of their own, of the same name."""


class Shown(NamedTuple):
    """What is on the screen, as far as an export depends on it."""

    timesteps: int
    """T, of the run's samples."""
    samples: int
    """How many test samples there are."""
    selection: Selection
    """What is chosen."""
    timestep: int | None = None
    """The timestep under the cursor, from 0; None: the last."""
    unit: int = 0
    """The unit under the cursor."""
    drawing: str = ""
    """The file of what is chosen, where that was drawn."""
    class_number: int | None = None
    """The class under the cursor; None: the one that the sample is read as."""
    what: str = ""
    """The export of the view that is looked at; empty: it has none."""
    drawn: tuple[tuple[str, str], ...] = ()
    """Further options by which a figure looks like that view, as they would be typed."""

    @property
    def filled(self) -> dict[str, str]:
        """The options that say what is chosen, as they would be typed; empty text: not given."""
        selection = self.selection
        filled = dict.fromkeys(("sample", "moment", *CHANGES), "") | {"input": self.drawing}
        filled |= {name: ", ".join(texts) for name, texts in typed(selection.intervention).items()}
        if isinstance(selection.subject, Sample):
            filled["sample"] = f"{selection.subject.index}"
        filled |= {
            "timestep": "" if self.timestep is None else f"{self.timestep + 1}",
            "unit": f"{self.unit}",
            "class": "" if self.class_number is None else f"{self.class_number}",
        }
        if selection.moment is not None:
            filled["moment"] = f"{selection.moment}"
        if self.what:
            filled["what"] = self.what
        return filled | dict(self.drawn)


def _row(name: str, given: Mapping[str, object]) -> Row:
    """The line of an option."""
    option = OPTIONS[name]
    if option.is_flag:
        return Row(Select(YES_OR_NO, given.get(name, False), id=name), option.hint)
    return Row(Field(text_of(given, name), digits=option.least is not None, id=name), option.hint)


class ExportForm(Form[ExportWanted]):
    """The lines that all exports have, and those of the options of the one that is selected."""

    def __init__(self, shown: Shown, filled: Mapping[str, object] | None = None, error: str = "") -> None:
        """Ask what to export.

        Args:
            shown: what is on the screen.
            filled: what to fill in: what was typed before (`typed`).
            error: why that export failed, if it was tried.
        """
        before = dict(filled or {})
        self._shown = shown
        self._most = shown.timesteps - 1  # one more would be all of them
        self._what = str(before.get("what") or shown.what or next(iter(EXPORTS)))
        self._formats = {what: row.formats[0] for what, row in EXPORTS.items()}
        self._formats[self._what] = str(before.get("format", self._formats[self._what]))
        span = Select(SPANS, before.get("span", "step"), id="span")
        steps = Field(text_of(before, "timesteps", "3"), digits=True, id="timesteps")
        steps.disabled = span.value != "unroll"
        given = shown.filled | before
        own = {name: _row(name, given) for name in _PLAIN}
        own["sample"] = Row(own["sample"].field, f"0 to {shown.samples - 1:,}")
        last = {name: own.pop(name) for name in ("moment", *CHANGES)}  # needed least often
        formats = Select(by_name(EXPORTS[self._what].formats), self._formats[self._what], id="format")
        super().__init__(
            "export",
            [
                Row(Select(by_name(EXPORTS), self._what, id="what"), EXPORTS[self._what].title),
                Row(span, "how much of it"),
                Row(steps, f"1 to {self._most}, when unrolled"),
                Row(
                    Select(YES_OR_NO, before.get("title", True), id="title"), "the run's name in the picture"
                ),
                *own.values(),
                Row(formats, ""),
                Row(Field(text_of(before, "file"), placeholder="the run's exports/", id="file"), ""),
                Row(Select(YES_OR_NO, before.get("replace", False), id="replace"), "a file of that name"),
                *last.values(),
            ],
            start="Export",
            error=error,
        )
        self._arrange()

    @on(Select.Changed, "#what")
    def follow_what(self) -> None:
        """Show the lines and the formats of what is selected; what was typed into the others is kept."""
        if (what := self.text("what")) == self._what:
            return
        self._formats[self._what] = self.text("format")
        self._what = what
        kind = self._rows["format"].field
        assert isinstance(kind, Select)
        kind.offer(by_name(EXPORTS[what].formats), self._formats[what])
        self._arrange()
        self.follow_ending()

    @on(Select.Changed, "#span")
    def ask_for_steps(self) -> None:
        """Only an unrolled graph has a number of timesteps."""
        self._rows["timesteps"].field.disabled = self.text("span") != "unroll"

    @on(Select.Changed, "#format")
    def ask_for_title(self) -> None:
        """Only a picture has a title."""
        self._arrange()

    @on(Input.Changed, "#file")
    def follow_ending(self) -> None:
        """Take the format that the file's name ends in."""
        suffix = Path(self.text("file")).suffix[1:].lower()
        if suffix in EXPORTS[self._what].formats:
            self._rows["format"].field.value = suffix

    def check(self, name: str) -> str:
        """What is wrong with a number, or with the file's name."""
        if name == "timesteps":
            return check_whole(name, self.text(name), 1, self._most)
        if name == "sample" and self.text(name):
            return check_whole(name, self.text(name), 0, self._shown.samples - 1)
        least = OPTIONS[name].least if name in OPTIONS else None
        if least is not None and self.text(name):
            return check_whole(label(name), self.text(name), least, 10**9)
        if name in CHANGES:
            return self._check_change(name)
        if name == "file" and self.text(name):
            return self._check_file(Path(os.path.expanduser(self.text(name))))
        return ""

    def answer(self) -> ExportWanted:
        """What is asked for."""
        options = {option: self._option(option) for option in EXPORTS[self._what].options}
        if options.get("values") is False:  # what the others are about isn't drawn
            options |= {name: type(value)() for name, value in options.items() if name != "no_title"}
        return ExportWanted(
            self._what,
            options,
            self.text("format"),
            self.text("file") or None,
            bool(self._rows["replace"].field.value),
        )

    def _arrange(self) -> None:
        """Show the lines of what is selected, as far as they belong to the format."""
        row = EXPORTS[self._what]
        own = {name for option in row.options for name in ROWS.get(option, (option,))}
        if self.text("format") in DATA:
            own.discard("title")
        self._rows["what"] = Row(self._rows["what"].field, row.title)
        self.show_rows({*COMMON} | own)

    def _check_change(self, name: str) -> str:
        """What is wrong with a part of an intervention."""
        try:
            from_fields({name: self.text(name)})
        except OptionError as error:
            return error.in_form
        return ""

    def _option(self, name: str) -> str | bool | list[str]:
        """What was typed for an option of the command line."""
        if name == "no_title":
            return self.text("format") not in DATA and not self._rows["title"].field.value
        if name in OPTIONS and OPTIONS[name].several:
            return [part.strip() for part in self.text(name).split(",") if part.strip()]
        if name in OPTIONS and OPTIONS[name].is_flag:
            return bool(self._rows[name].field.value)
        return self.text("timesteps" if name == "span" and self.text("span") == "unroll" else name)

    def _check_file(self, file: Path) -> str:
        """What is wrong with the file's name; empty if nothing is."""
        if is_standard_output(self.text("file")):
            return "file: standard output is for commands; name a file"
        if is_special(file):  # written to, and never replaced
            return "" if os.access(file, os.W_OK) else f"file: you can't write to {file}"
        kind, suffix, formats = self.text("format"), file.suffix[1:].lower(), EXPORTS[self._what].formats
        if suffix and suffix not in formats:
            return f"file: the formats are {', '.join(formats)}, not {suffix}"
        if suffix and suffix != kind:
            return f"file: {file.name} ends in .{suffix}, but the format is {kind}; change one of the two"
        try:
            if file.is_dir():
                return f"file: {file} is a folder; name a file in it"
            if not file.parent.is_dir():
                return f"file: there is no folder {file.parent}; make it first, or choose another"
            if not os.access(file.parent, os.W_OK | os.X_OK):
                return f"file: you can't write to {file.parent}; choose another folder"
            whole = file if suffix else file.with_name(f"{file.name}.{kind}")
            if os.path.lexists(whole) and not self._rows["replace"].field.value:
                return f"file: {whole.name} exists already; choose another name, or replace: yes"
        except OSError as error:  # a name that is too long
            return f"file: {error.strerror}"
        return ""
