"""The form for exporting the graph: what to draw, in which format, and to which file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from textual import on
from textual.widgets import Input

from explorer.runs.outputs import is_special, is_standard_output
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.screens.fields import Field, Row, text_of
from explorer.ui.screens.form import Form
from explorer.ui.widgets.select import YES_OR_NO, Select

SPANS = (
    ("one timestep", "step"),
    ("unrolled", "unroll"),
    ("all timesteps", "whole"),
)
FORMATS = ("png", "svg", "pdf", "dot")


class ExportForm(Form[ExportWanted]):
    """Six fields."""

    def __init__(self, timesteps: int, filled: Mapping[str, object] | None = None, error: str = "") -> None:
        """Ask what to draw.

        Args:
            timesteps: T, of the run's samples.
            filled: what to fill in: what was typed before (`typed`).
            error: why that export failed, if it was tried.
        """
        typed = filled or {}
        self._most = timesteps - 1  # one more would be all of them
        span = Select(SPANS, typed.get("span", "step"), id="span")
        steps = Field(text_of(typed, "timesteps", "3"), digits=True, id="timesteps")
        steps.disabled = span.value != "unroll"
        formats = [(kind, kind) for kind in FORMATS]
        super().__init__(
            "export the graph",
            [
                Row(span, "as torchviz draws it"),
                Row(steps, f"1 to {self._most}, when unrolled"),
                Row(Select(formats, typed.get("format", "png"), id="format"), ""),
                Row(Field(text_of(typed, "file"), placeholder="the run's exports/", id="file"), ""),
                Row(Select(YES_OR_NO, typed.get("replace", False), id="replace"), "a file of that name"),
                Row(Select(YES_OR_NO, typed.get("title", True), id="title"), "the run's name in the picture"),
            ],
            start="Export",
            error=error,
        )

    @on(Select.Changed, "#span")
    def ask_for_steps(self) -> None:
        """Only an unrolled graph has a number of timesteps."""
        self._rows["timesteps"].field.disabled = self.text("span") != "unroll"

    @on(Input.Changed, "#file")
    def follow_ending(self) -> None:
        """Take the format that the file's name ends in."""
        suffix = Path(self.text("file")).suffix[1:].lower()
        if suffix in FORMATS:
            self._rows["format"].field.value = suffix

    def check(self, name: str) -> str:
        """What is wrong with the number of timesteps, or with the file's name."""
        if name == "timesteps":
            typed = self.text(name)
            right = typed.isdecimal() and 1 <= int(typed) <= self._most
            return "" if right else f"timesteps: a whole number from 1 to {self._most}, not {typed!r}"
        if name == "file" and self.text(name):
            return self._check_file(Path(os.path.expanduser(self.text(name))))
        return ""

    def answer(self) -> ExportWanted:
        """What is asked for."""
        span = self.text("span")
        return ExportWanted(
            self.text("timesteps") if span == "unroll" else span,
            self.text("format"),
            self.text("file") or None,
            bool(self._rows["replace"].field.value),
            bool(self._rows["title"].field.value),
        )

    def _check_file(self, file: Path) -> str:
        """What is wrong with the file's name; empty if nothing is."""
        if is_standard_output(self.text("file")):
            return "file: standard output is for commands; name a file"
        if is_special(file):  # written to, and never replaced
            return "" if os.access(file, os.W_OK) else f"file: you can't write to {file}"
        kind, suffix = self.text("format"), file.suffix[1:].lower()
        if suffix and suffix not in FORMATS:
            return f"file: the formats are {', '.join(FORMATS)}, not {suffix}"
        if suffix and suffix != kind:
            return f"file: {file.name} ends in .{suffix}, but the format is {kind}; change one of the two"
        try:
            if file.is_dir():
                return f"file: {file} is a folder; name a file in it"
            if not file.parent.is_dir():
                return f"file: there is no folder {file.parent}; make it first, or choose another"
            if not os.access(file.parent, os.W_OK | os.X_OK):
                return f"file: you can't write to {file.parent}; choose another folder"
            if os.path.lexists(file) and not self._rows["replace"].field.value:
                return f"file: {file.name} exists already; choose another name, or replace: yes"
        except OSError as error:  # a name that is too long
            return f"file: {error.strerror}"
        return ""
