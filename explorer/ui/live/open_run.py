"""The run on the screen: the threads that follow it and ask its engine, and the sample that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.message import Message

from explorer.protocol.client import EngineGone, OutOfReach, ask_training
from explorer.protocol.messages import Request, Stop
from explorer.protocol.questions import Answer, Ask, Question, Sample, Selection
from explorer.runs.folder import RunFolder
from explorer.runs.launch import StartedEngine
from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.live.follower import Follower
from explorer.ui.live.link import Link
from explorer.ui.live.read_only import ReadOnlyEngine
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
        sample: int = 0,
        read_only: ReadOnlyEngine | None = None,
    ) -> None:
        """Prepare to open a run.

        Args:
            folder: the run.
            post: takes the messages of both threads.
            pace: how fast the terminal takes what is sent.
            engine: the engine's process, if it was started here.
            sample: the test sample to show first.
            read_only: answers while nothing trains the run; None: one for this run alone.
        """
        self.folder = folder
        self.sample = sample
        """The test sample that is shown."""
        self.samples = SAMPLES
        """How many test samples there are."""
        self.snapshot: Snapshot = NO_RUN
        """The run as it was last read."""
        self.follower = Follower(folder, post, engine, pace)
        self.link = Link(folder, post, read_only)
        self.opened = False
        """Whether there is a run at all; what is known of it comes a little later."""
        self._shown: tuple[int, bool, bool] | None = None
        self._pending = self._forced = False
        self.asked = False
        """Whether the activations accepted last were asked for by a person, not by the clock."""

    def open(self) -> None:
        """Start to follow the run, and to ask its engine."""
        self.opened = True
        self.follower.start()
        self.link.start()

    def close(self) -> None:
        """Let go of the run; a training continues."""
        self.follower.close()
        self.link.close()

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

    def show_sample(self, index: int) -> None:
        """Show another test sample; past the last one, start again from the first."""
        self.sample = index % self.samples
        self.probe(force=True)

    def probe(self, force: bool = False) -> None:
        """Ask for the sample's activations, unless the newest are on the screen or on their way."""
        if self.snapshot.state in ("none", "starting", "preparing"):
            return
        if force or (not self._pending and self._shown != self._moment(self.snapshot.step)):
            self._pending, self._forced = True, self._forced or force
            self.ask(Ask(Selection(subject=Sample(self.sample)), (Question("activations"),)))

    def accept(self, answer: Answer) -> bool:
        """Take in activations; false if they are of a sample that is no longer shown."""
        samples = answer.facts.get("samples")
        if isinstance(samples, int) and samples > 0:
            self.samples = samples
            self.sample %= samples
        if answer.asked.subject != Sample(self.sample):
            return False
        self._pending, self.asked, self._forced = False, self._forced, False
        # A run that ended is shown as its last checkpoint has it, whatever step that was.
        self._shown = self._moment(answer.step if self.snapshot.live else self.snapshot.step)
        return True

    def give_up(self) -> None:
        """There are no activations to be had: ask again only once the run has changed."""
        self._pending = False
        self._shown = self._moment(self.snapshot.step)

    def _moment(self, step: int) -> tuple[int, bool, bool]:
        """What activations depend on, besides the sample."""
        return step, self.snapshot.live, self.learning
