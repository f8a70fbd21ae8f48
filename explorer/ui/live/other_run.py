"""A second run, asked beside the one that is open."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from explorer.runs.folder import RunFolder
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.terminal.pace import Pace


class OtherRun(OpenRun):
    """A run with a follower, a link and a shelf of its own; the curves of it are never drawn.

    What its threads say comes wrapped, so that nobody takes it for news of the open run.
    """

    class Heard(Message):
        """A thread of the second run has said something."""

        def __init__(self, source: OtherRun, said: Message) -> None:
            """Carry what it said."""
            super().__init__()
            self.source, self.said = source, said

    def __init__(
        self, folder: RunFolder, post: Callable[[Message], object], pace: Pace, read_only: ReadOnlyEngine
    ) -> None:
        """Prepare to open a run; arguments as those of `OpenRun`."""
        super().__init__(folder, lambda said: post(self.Heard(self, said)), pace, read_only=read_only)

    @property
    def closed(self) -> bool:
        """Whether messages about this run are no longer wanted."""
        return self.follower.closed
