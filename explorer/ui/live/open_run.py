"""The run on the screen: the threads that follow it and ask its engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.message import Message

from explorer.protocol.client import EngineGone, OutOfReach, ask_training
from explorer.protocol.messages import Request, Stop
from explorer.protocol.questions import Ask
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live.asking import Asking
from explorer.ui.live.evaluating import Evaluating
from explorer.ui.live.follower import Follower
from explorer.ui.live.heavy import HeavyLink
from explorer.ui.live.link import Link
from explorer.ui.live.pondering import Pondering
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.live.shelf import Shelf
from explorer.ui.terminal.pace import Pace

SAMPLES: Final = 10_000
"""Test samples, until the engine says how many there are."""
STOP_SECONDS: Final = 15.0
"""Seconds that telling an engine to stop may take: one that is loading torch answers after 3 to 10."""
ANSWER_SECONDS: Final = 5.0
"""Seconds that it may take to answer."""


class OpenRun:
    """One run, from `open` to `close`. A run that is never opened is the empty one: it posts nothing."""

    def __init__(
        self,
        folder: RunFolder,
        post: Callable[[Message], object],
        pace: Pace,
        engine: StartedEngine | None = None,
        read_only: ReadOnlyEngine | None = None,
    ) -> None:
        """Prepare to open a run.

        Args:
            folder: the run.
            post: takes the messages of its threads.
            pace: how fast the terminal takes what is sent.
            engine: the engine's process, if it was started here.
            read_only: answers while nothing trains the run; None: one for this run alone.
        """
        self.folder = folder
        self.samples = SAMPLES
        """How many test samples there are."""
        self.snapshot: Snapshot = NO_RUN
        """The run as it was last read."""
        self.follower = Follower(folder, post, engine, pace)
        self.link = Link(folder, post, read_only)
        self.opened = False
        """Whether there is a run at all; what is known of it comes a little later."""
        self.shelf = Shelf()
        """The answers that are kept."""
        self.asking = Asking(self.shelf, self.ask)
        """Asks the engine about what is chosen."""
        self.heavy = HeavyLink(folder, post, self.link.read_only)
        """Carries heavy questions; it starts with the first."""
        self.pondering = Pondering(self.shelf, self.ask_heavy, self.heavy.cancel)
        """Asks what takes too long for the engine that trains."""
        self.evaluating = Evaluating(self.ask_heavy, self.heavy.cancel)
        """Has the test set evaluated when a person asks for it."""

    def open(self) -> None:
        """Start to follow the run, and to ask its engine."""
        self.opened = True
        self.follower.start()
        self.link.start()

    def close(self) -> None:
        """Let go of the run; a training continues."""
        self.follower.close()
        self.link.close()
        self.heavy.close()

    @property
    def learning(self) -> bool:
        """Whether the weights are changing: small moves on the screen may then be held back."""
        return self.snapshot.state == "training"

    def stop(self) -> str:
        """Have the engine end the training, and wait for its answer. Blocks: for a thread.

        Returns:
            Why it couldn't be told, in one line; empty if it was told, or has ended by itself.
        """
        name = self.folder.name
        try:
            ask_training(self.folder, Stop(), "stop", timeout=ANSWER_SECONDS, patience=STOP_SECONDS)
        except OutOfReach as error:
            return f"run {name} goes on: {error}"
        except EngineGone as error:
            return f"run {name} may go on: {error}; end it with `gatescope stop {name}`"
        return ""

    def ask(self, request: Request) -> None:
        """Ask the engine; the answer comes as a message."""
        self.link.ask(request)

    def ask_heavy(self, request: Ask) -> None:
        """Ask what takes long; progress and answer come as messages, unless the run is closed."""
        if self.heavy.closed:
            return
        if not self.heavy.is_alive():
            self.heavy.start()
        self.heavy.ask(request)
