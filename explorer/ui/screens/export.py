"""Exporting the graph: what, how, where to; then its progress."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Select

from explorer.ui.screens.dialog import Dialog, Field

SPANS = (("one cell step", "step"), ("unrolled steps", "unroll"), ("all 28 steps", "whole"))
FORMATS = tuple((kind, kind) for kind in ("png", "svg", "pdf", "dot"))


@dataclass(frozen=True)
class ExportWanted:
    """What was asked for."""

    span: str
    """`step`, a number of steps, or `whole`."""
    kind: str
    """png, svg, pdf or dot."""
    output: str | None
    """The file; None: a new one in the run's folder."""
    replace: bool
    """Whether a file that is there is replaced."""


class ExportForm(Dialog[ExportWanted]):
    """Four fields."""

    BINDINGS = [Binding("ctrl+s", "start", "Export", show=False)]  # noqa: RUF012 - Textual's own type

    def compose(self) -> ComposeResult:
        """The fields and two buttons."""
        with Vertical(id="box") as box:
            box.border_title = "export the graph"
            with Horizontal(classes="row"):
                yield Label("what")
                yield Select(SPANS, value="step", allow_blank=False, id="span", compact=True)
                yield Label("as torchviz draws it", classes="hint")
            with Horizontal(classes="row"):
                yield Label("steps")
                yield Field("3", digits=True, id="steps", disabled=True)
                yield Label("1 to 27, of an unrolled graph", classes="hint")
            with Horizontal(classes="row"):
                yield Label("format")
                yield Select(FORMATS, value="png", allow_blank=False, id="format", compact=True)
            with Horizontal(classes="row"):
                yield Label("file")
                yield Field(placeholder="in the run's exports/", id="output")
                yield Label("", classes="hint")
            with Horizontal(classes="row"):
                yield Label("replace")
                choices = [("no", False), ("yes", True)]
                yield Select(choices, value=False, allow_blank=False, id="replace", compact=True)
                yield Label("a file of that name", classes="hint")
            yield Label("", id="error", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Export  ^s", variant="primary", id="start", compact=True)

    @on(Select.Changed, "#span")
    def ask_for_steps(self, event: Select.Changed) -> None:
        """Only an unrolled graph has a number of steps."""
        self.query_one("#steps", Input).disabled = event.value != "unroll"

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Check the steps; answer."""
        span = str(self.query_one("#span", Select).value)
        if span == "unroll":
            span = self.query_one("#steps", Input).value.strip()
            if not span.isdecimal() or not 1 <= int(span) <= 27:
                self.query_one("#error", Label).update(f"1 to 27 steps can be unrolled, not {span!r}")
                return
        output = self.query_one("#output", Input).value.strip() or None
        kind = str(self.query_one("#format", Select).value)
        self.dismiss(ExportWanted(span, kind, output, bool(self.query_one("#replace", Select).value)))

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Leave."""
        self.dismiss(None)
