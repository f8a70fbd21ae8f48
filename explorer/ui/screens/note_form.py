"""A note of a person in a run's events."""

from __future__ import annotations

import asyncio

from explorer.protocol.client import EngineGone
from explorer.protocol.notes import note
from explorer.runs.folder import RunFolder
from explorer.runs.notes import checked
from explorer.system.errors import GatescopeError, UsageError
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form
from explorer.ui.screens.gate import Gate
from explorer.ui.widgets.message_line import Notice

SECONDS = 15.0
"""Seconds that an engine may take until it listens: one that is loading torch answers after 3 to 10."""


class NoteForm(Form[str]):
    """What the note says."""

    def __init__(self) -> None:
        """Ask for one line."""
        super().__init__(
            "a note", [Row(Field("", id="note"), "one line; it stands at the step where the run is")]
        )

    def check(self, name: str) -> str:
        """Whether something is in it, and not too much."""
        try:
            checked(self.answer())
        except UsageError as error:
            return str(error)
        return ""

    def answer(self) -> str:
        """The note."""
        return self.text("note")


async def write_note(gate: Gate, folder: RunFolder) -> Notice | None:
    """Ask for a note, and write it, whoever writes the run's events.

    Returns:
        What came of it; None: it isn't wanted.
    """
    text = await gate.ask(NoteForm())
    if text is None:
        return None
    try:
        return Notice(await asyncio.to_thread(note, folder, text, patience=SECONDS))
    except (EngineGone, GatescopeError) as error:
        return Notice(f"the note isn't written: {error}", "error", 30)
