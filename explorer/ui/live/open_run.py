"""One run on the screen: what follows it, what asks its engine, and which digit is looked at."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from textual.message import Message

from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import Probe, Probed, Request, Stop
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.follower import Follower
from explorer.ui.live.link import Link
from explorer.ui.terminal.budget import Budget

DIGITS: Final = 10_000
"""Test digits, until the engine says otherwise."""


class OpenRun:
    """Opened with a run, closed before the next one is opened; its messages of before are ignored."""

    def __init__(
        self,
        folder: RunFolder,
        post: Callable[[Message], object],
        budget: Budget,
        engine: subprocess.Popen[bytes] | None = None,
        digit: int = 0,
    ) -> None:
        """Start following and listening.

        Args:
            folder: the run.
            post: takes the messages of both threads.
            budget: what may be sent to the terminal.
            engine: the engine's process, when it was started here.
            digit: which test digit to look at first.
        """
        self.folder = folder
        self.digit = digit
        """The test digit that is looked at."""
        self.digits = DIGITS
        """How many test digits there are."""
        self.view: Snapshot | None = None
        """The run as it was last seen."""
        self.follower = Follower(folder, post, engine, budget)
        self.link = Link(folder, post)
        self._shown: tuple[int, bool, bool] | None = None
        self._asked = False
        self.follower.start()
        self.link.start()

    @property
    def learning(self) -> bool:
        """Whether the weights move: then what is painted may be off a little."""
        return self.view is not None and self.view.state == "training"

    def close(self) -> None:
        """Let go of the run; a training goes on."""
        self.follower.close()
        self.link.close()

    def stop(self) -> None:
        """Have the engine end the training, and wait until it was told; for a thread."""
        with suppress(EngineGone, GatescopeError):
            EngineClient(self.folder.socket).ask(Stop(), timeout=5.0)

    def ask(self, request: Request) -> None:
        """Ask the engine; its answer comes as a message."""
        self.link.ask(request)

    def look_at(self, index: int) -> None:
        """Look at another test digit."""
        self.digit = index % self.digits
        self.look_inside(anew=True)

    def look_inside(self, anew: bool = False) -> None:
        """Ask for the digit's activations, unless those on the screen are the newest, or are coming."""
        view = self.view
        if view is None or view.state in ("starting", "preparing"):
            return
        if anew or (not self._asked and self._shown != self._moment(view.step)):
            self._asked = True
            self.ask(Probe(self.digit))

    def take(self, probed: Probed) -> bool:
        """Take in activations; false for those of a digit that nobody looks at any more."""
        self.digits = probed.count
        self.digit %= probed.count
        if probed.index != self.digit:
            return False
        self._asked = False
        if self.view is not None:
            # A run that ended is shown as its last checkpoint has it, whatever step that was.
            self._shown = self._moment(probed.step if self.view.live else self.view.step)
        return True

    def give_up(self) -> None:
        """Nobody answers: don't ask again until something changes."""
        self._asked = False
        if self.view is not None:
            self._shown = self._moment(self.view.step)

    def _moment(self, step: int) -> tuple[int, bool, bool]:
        """What a look inside depends on."""
        return step, self.view is not None and self.view.live, self.learning
