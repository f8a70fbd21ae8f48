"""The line above the keys, in which the screen says what it has to say: nothing is covered by it."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar, Final, Literal, NamedTuple

from rich.cells import cell_len
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from explorer.system.text import printable
from explorer.ui.widgets.line import Line, cut, wrapped
from explorer.ui.widgets.painted import Painted

KEPT: Final = 50
"""How many messages can be read again."""
MORE: Final = " ! all of it"
"""What stands behind a message that doesn't fit: the key that shows it."""


class Notice(NamedTuple):
    """Something to say in passing."""

    text: str
    """As it is: it may come from a file, and is never read as markup."""
    severity: Literal["information", "finding", "warning", "error"] = "information"
    seconds: float = 8.0
    """How long it stays, unless another one follows."""


class MessageLine(Painted):
    """The newest message while it lasts; else what goes on, or what a person should know about the run."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "message--information",
        "message--finding",
        "message--warning",
        "message--error",
    }

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
        self.remarked: Notice | None = None
        """What is shown for as long as nothing else is to be said."""
        self._timer: Timer | None = None

    @property
    def shown(self) -> Notice | None:
        """What is shown: a message before progress, progress before a remark."""
        progress = Notice(self._progress) if self._progress else None
        return self._now or progress or self.remarked

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
        if notice != self.remarked:  # asked with every snapshot of a run, four times a second
            self.remarked = notice
            self._change(now=self._now)

    def hush(self, older: float = 0.0) -> None:
        """Show the message no more, if it was said more than so many seconds ago: it is no longer true."""
        if self._now is not None and time.time() - self.said[-1][0] >= older:
            self._hush()

    def _hush(self) -> None:
        """The message has been there long enough."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self._change(now=None)

    def _change(self, now: Notice | None) -> None:
        """Show the message of the moment."""
        lines = self.size.height
        self._now = now
        if (
            self.is_mounted
            and self.get_content_height(self.app.size, self.app.size, self.size.width) != lines
        ):
            self.refresh(layout=True)
        self.repaint()
        self.post_message(self.Showing(self._now is not None or bool(self._progress)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line; more where something is wrong, but at most an eighth of the terminal."""
        return min(max(1, viewport.height // 8), len(self._wrapped(width))) if width else 1

    def _wrapped(self, width: int) -> list[str]:
        """What is shown, in lines: what is wrong may have several, because it must be readable whole."""
        notice = self.shown
        if notice is None:
            return [""]
        text = printable(notice.text)
        if notice.severity in ("information", "finding"):  # its numbers move: it stays on its line
            return [text]
        return wrapped(text, max(1, width - 2))

    def paint(self, width: int, height: int) -> list[Strip]:
        """The text, cut where it doesn't fit, with the key that shows all of it."""
        lines = self._wrapped(width)
        shown, rest = lines[:height], " ".join(lines[height:])
        if rest or cell_len(shown[-1]) > width - 2:
            shown[-1] = cut(f"{shown[-1]} {rest}", width - 2 - len(MORE))
            more = MORE
        else:
            more = ""
        tone = self.tone(f"message--{self.shown.severity if self.shown else 'information'}")
        painted = [Line().add(" ").add(text, tone) for text in shown]
        painted[-1].add(more, self.tone("message--information"))
        return [line.strip(width) for line in painted]
