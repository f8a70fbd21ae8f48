"""The form for an export: what to take away, how, in which format, and to which file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from textual import on
from textual.widgets import Input

from explorer.protocol.exports import EXPORTS
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


class Shown(NamedTuple):
    """What is on the screen, as far as an export depends on it."""

    timesteps: int
    """T, of the run's samples."""
    sample: int
    """The test sample, from 0."""
    samples: int
    """How many there are."""


class ExportForm(Form[ExportWanted]):
    """The lines that all exports have, and those of the options of the one that is selected."""

    def __init__(self, shown: Shown, filled: Mapping[str, object] | None = None, error: str = "") -> None:
        """Ask what to export.

        Args:
            shown: what is on the screen.
            filled: what to fill in: what was typed before (`typed`).
            error: why that export failed, if it was tried.
        """
        typed = filled or {}
        self._shown = shown
        self._most = shown.timesteps - 1  # one more would be all of them
        self._what = str(typed.get("what", next(iter(EXPORTS))))
        self._formats = {what: row.formats[0] for what, row in EXPORTS.items()}
        self._formats[self._what] = str(typed.get("format", self._formats[self._what]))
        span = Select(SPANS, typed.get("span", "step"), id="span")
        steps = Field(text_of(typed, "timesteps", "3"), digits=True, id="timesteps")
        steps.disabled = span.value != "unroll"
        sample = Field(text_of(typed, "sample", str(shown.sample)), digits=True, id="sample")
        formats = Select(by_name(EXPORTS[self._what].formats), self._formats[self._what], id="format")
        super().__init__(
            "export",
            [
                Row(Select(by_name(EXPORTS), self._what, id="what"), EXPORTS[self._what].title),
                Row(span, "how much of it"),
                Row(steps, f"1 to {self._most}, when unrolled"),
                Row(Select(YES_OR_NO, typed.get("title", True), id="title"), "the run's name in the picture"),
                Row(sample, f"0 to {shown.samples - 1:,}"),
                Row(formats, ""),
                Row(Field(text_of(typed, "file"), placeholder="the run's exports/", id="file"), ""),
                Row(Select(YES_OR_NO, typed.get("replace", False), id="replace"), "a file of that name"),
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
        if name == "sample":
            return check_whole(name, self.text(name), 0, self._shown.samples - 1)
        if name == "file" and self.text(name):
            return self._check_file(Path(os.path.expanduser(self.text(name))))
        return ""

    def answer(self) -> ExportWanted:
        """What is asked for."""
        return ExportWanted(
            self._what,
            {option: self._option(option) for option in EXPORTS[self._what].options},
            self.text("format"),
            self.text("file") or None,
            bool(self._rows["replace"].field.value),
        )

    def _arrange(self) -> None:
        """Show the lines of what is selected."""
        row = EXPORTS[self._what]
        own = (name for option in row.options for name in ROWS.get(option, (option,)))
        self._rows["what"] = Row(self._rows["what"].field, row.title)
        self.show_rows({*COMMON, *own})

    def _option(self, name: str) -> str | bool:
        """What was typed for an option of the command line."""
        if name == "no_title":
            return not self._rows["title"].field.value
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
