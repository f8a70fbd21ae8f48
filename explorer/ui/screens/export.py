"""The form for exporting the graph: what to draw, in which format, and to which file."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Button, Input, Label

from explorer.runs.folder import RunFolder
from explorer.runs.text import printable
from explorer.ui.live import export_process
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.screens.dialog import Dialog, Error, Field, buttons, form
from explorer.ui.widgets.select import YES_OR_NO, Select

SPANS = (
    ("one timestep", "step"),
    ("unrolled", "unroll"),
    ("all timesteps", "whole"),
)
FORMATS = tuple((kind, kind) for kind in ("png", "svg", "pdf", "dot"))


class ExportForm(Dialog[ExportWanted]):
    """Five fields."""

    BINDINGS = [Binding("ctrl+s", "start", "Export", show=False)]  # noqa: RUF012 - Textual's own type

    def __init__(self) -> None:
        """Ask what to draw."""
        super().__init__()
        self._span = Select(SPANS, "step", id="span")
        self._steps = Field("3", digits=True, id="steps", disabled=True)
        self._format = Select(FORMATS, "png", id="format")
        self._output = Field(placeholder="the run's exports/", id="output")
        self._replace = Select(YES_OR_NO, False, id="replace")
        self._error = Error()

    def compose(self) -> ComposeResult:
        """The fields and two buttons."""
        with Vertical(id="box") as box:
            box.border_title = "export the graph"
            yield form(
                [
                    ("what", self._span, "as torchviz draws it"),
                    ("timesteps", self._steps, "1 to 27, when unrolled"),
                    ("format", self._format, ""),
                    ("file", self._output, ""),
                    ("replace", self._replace, "a file of that name"),
                ]
            )
            yield self._error
            yield buttons("Export")

    @on(Select.Changed, "#span")
    def ask_for_steps(self) -> None:
        """Only an unrolled graph has a number of steps."""
        self._steps.disabled = self._span.value != "unroll"

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Check the number of steps; answer."""
        span = str(self._span.value)
        if span == "unroll":
            span = self._steps.value.strip()
            if not span.isdecimal() or not 1 <= int(span) <= 27:
                self._error.update(f"1 to 27 timesteps can be unrolled, not {span!r}")
                return
        output = self._output.value.strip() or None
        self.dismiss(ExportWanted(span, str(self._format.value), output, bool(self._replace.value)))


class ExportLine(Label):
    """A line above the keys that shows how far an export is; hidden while there is none."""

    def __init__(self) -> None:
        """Start hidden."""
        super().__init__("", id="export-line", markup=False)

    async def export(self, folder: RunFolder, wanted: ExportWanted) -> str:
        """Have a run's graph drawn by a process of its own; the file that it wrote, and its size.

        Raises:
            GatescopeError: it failed.
            OSError: no process can be started.
        """
        self.add_class("-on")
        line = ""
        try:
            async for line in export_process.export(folder, wanted):
                self.update(f" export: {printable(line)}")
        finally:
            self.remove_class("-on")
        return line
