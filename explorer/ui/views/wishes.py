"""What views ask of the screen, as messages."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from explorer.protocol.questions import Intervention, Selection


class Changed(Message):
    """The network should read with this change from now on; it can be taken back like any other."""

    def __init__(self, intervention: Intervention) -> None:
        """Carry the whole intervention."""
        super().__init__()
        self.intervention = intervention


class AllWanted(Message):
    """The test set should be evaluated under these selections, one after the other."""

    def __init__(self, selections: Sequence[Selection]) -> None:
        """Carry them, the first one first."""
        super().__init__()
        self.selections = selections


class Unwanted(Message):
    """What is being evaluated isn't wanted any more."""


class Said(Message):
    """There is something to say about a key: why it did nothing, or what it did."""

    def __init__(self, text: str) -> None:
        """Carry it, in one line."""
        super().__init__()
        self.text = text
