"""The line above the keys: what the screen says in passing, and nothing is covered by it."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar, Final, Literal, NamedTuple

from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from explorer.runs.text import printable
from explorer.ui.widgets.line import Line, cut
from explorer.ui.widgets.painted import Painted

KEPT: Final = 50
"""How many messages can be read again."""
MORE: Final = " ! all of it"
"""What stands behind a message that doesn't fit: the key that shows it."""


class Notice(NamedTuple):
    """Something to say in passing."""

    text: str
    """As it is: it may come from a file, and is never read as markup."""
    severity: Literal["information", "warning", "error"] = "information"
    seconds: float = 8.0
    """How long it stays, unless another one follows."""
    path: str = ""
    """The file that it is about, if it is about one."""


class MessageLine(Painted):
    """The newest message while it lasts; else what goes on, or what a person should know about the run."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"message--information", "message--warning", "message--error"}

    class Showing(Message):
        """There is something to show now, or no longer."""

        def __init__(self, message: bool) -> None:
            """Carry whether there is a message."""
            super().__init__()
            self.message = message

    def __init__(self) -> None:
        """Start with nothing to say."""
        super().__init__()
        self.said: deque[tuple[float, Notice]] = deque(maxlen=KEPT)
        """The last messages and when they were said, in seconds since 1970, the newest at the end."""
        self._now: Notice | None = None
        self._progress = ""
        self._remark: Notice | None = None
        self._timer: Timer | None = None

    @property
    def shown(self) -> Notice | None:
        """What is shown: a message before progress, progress before a remark."""
        progress = Notice(self._progress) if self._progress else None
        return self._now or progress or self._remark

    def say(self, notice: Notice) -> None:
        """Show a message, and keep it; the same one again is shown again, but kept once."""
        if self.said and self.said[-1][1] == notice:
            self.said.pop()
        self.said.append((time.time(), notice))
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(notice.seconds, self._hush)
        self._change(now=notice)

    def progress(self, text: str) -> None:
        """Show how far something is, until it is done: then the text is empty."""
        self._progress = text
        self._change(now=self._now)

    def remark(self, notice: Notice | None) -> None:
        """Show this for as long as nothing else is to be said."""
        self._remark = notice
        self._change(now=self._now)

    def _hush(self) -> None:
        """The message has been there long enough."""
        self._timer = None
        self._change(now=None)

    def _change(self, now: Notice | None) -> None:
        """Show the message of the moment."""
        self._now = now
        self.repaint()
        self.post_message(self.Showing(self._now is not None or bool(self._progress)))

    def paint(self, width: int, height: int) -> list[Strip]:
        """The text, cut where it doesn't fit, with the key that shows all of it."""
        notice = self.shown
        if notice is None:
            return [Line().strip(width)]
        text = printable(notice.text)
        fits = cut(text, width - 2) == text
        line = (
            Line()
            .add(" ")
            .add(text if fits else cut(text, width - 2 - len(MORE)), self.tone(f"message--{notice.severity}"))
        )
        return [line.add("" if fits else MORE, self.tone("message--information")).strip(width)]
