"""Exporting from the explorer: the form, how far it is, and the path of what came of it."""

from __future__ import annotations

from collections.abc import Callable

from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError
from explorer.system.text import printable
from explorer.ui.live import export_process
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.screens import errands
from explorer.ui.screens.export import Shown
from explorer.ui.screens.gate import Gate
from explorer.ui.widgets.message_line import MessageLine, Notice


class Exporter:
    """Asks what to export, and has a separate process do it; what was typed is kept until it worked."""

    def __init__(
        self, gate: Gate, line: MessageLine, say: Callable[[Notice], None], complain: Callable[[str], None]
    ) -> None:
        """Show progress in a line, and say how each export ended."""
        self._gate, self._line, self._say, self._complain = gate, line, say, complain
        self._draft: errands.Draft = {}
        self.path = ""
        """The file that was exported last; empty before the first."""

    async def ask(self, shown: Shown) -> ExportWanted | None:
        """Ask what to export of the run on the screen."""
        return await errands.ask_export(self._gate, shown, self._draft)

    async def export(self, folder: RunFolder, wanted: ExportWanted) -> None:
        """Export it."""
        line = ""
        try:
            async for line in export_process.export(folder, wanted):
                self._line.progress(f"export: {printable(line)}")
        except (GatescopeError, OSError) as error:
            self._complain(str(error))
        else:
            self._draft.clear()
            self.path = line.rpartition(" (")[0]  # what follows is its size
            self._say(Notice(f"exported {line}; y copies the path"))
        finally:
            self._line.progress("")
