"""A thread that asks the engine of a run: the one that trains it, or else one that only reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

from msgspec.structs import replace
from textual.message import Message

from explorer.protocol.client import EngineClient, EngineFinder, EngineGone, OutOfReach
from explorer.protocol.messages import FindSample, Reply, Request, ScaleLearningRate
from explorer.protocol.questions import Ask
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError
from explorer.system.path_text import path_text
from explorer.ui.live.read_only import POLL, START_TIMEOUT, ReadOnlyEngine
from explorer.ui.live.run_message import RunMessage

CHECK_INTERVAL = 0.5
"""Seconds between two checks whether the engine that was asked last still trains the run."""


class Link(Thread):
    """Carries requests to the engine one after the other, and its answers back as messages.

    An engine whose training has ended answers for a while on the connections that are open. Meanwhile the
    read-only one comes up, and so there is always one that answers.
    """

    class Answered(RunMessage):
        """The engine answered."""

        def __init__(self, source: Link, request: Request, answer: Reply) -> None:
            """Carry both."""
            super().__init__(source)
            self.request = request
            self.answer = answer

    class Unanswered(RunMessage):
        """No engine could be reached."""

        def __init__(self, source: Link, request: Request, reason: str) -> None:
            """Carry the request and one line for a person."""
            super().__init__(source)
            self.request = request
            self.reason = reason

    def __init__(
        self,
        folder: RunFolder,
        post: Callable[[Message], object],
        read_only: ReadOnlyEngine | None = None,
    ) -> None:
        """Ask about a run; `start` begins.

        Args:
            folder: the run.
            post: takes messages from this thread.
            read_only: answers while nothing trains the run; None: one for this run alone.
        """
        super().__init__(name="link", daemon=True)
        self.folder = folder
        self.closed = False
        """Whether messages about this run are no longer wanted."""
        self._post = post
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._trainer: EngineClient | None = None
        self._trainer_pid = 0
        self._finder = EngineFinder(folder)
        self.read_only = read_only or ReadOnlyEngine()
        """Answers while nothing trains the run."""
        self._owns_read_only = read_only is None

    def ask(self, request: Request) -> None:
        """Have a request carried; its answer comes as a message."""
        self._requests.put(request)

    def close(self) -> None:
        """Let go of the engine; one that trains continues."""
        self.closed = True
        self._requests.put(None)
        if self._owns_read_only:
            self.read_only.close()

    def run(self) -> None:
        """Carry requests until closed; of several questions in a row only the newest matters."""
        while (request := self._next()) is not None and not self.closed:
            while isinstance(request, Ask) and not self._requests.empty():
                newer = self._requests.get()
                if newer is None:
                    return
                if not isinstance(newer, Ask):
                    self._carry(newer)
                    continue
                request = newer
            self._carry(request)
        self._hang_up()

    def _next(self) -> Request | None:
        """Wait for the next request; meanwhile turn away from an engine that no longer trains."""
        while self._trainer is not None:
            try:
                return self._requests.get(timeout=CHECK_INTERVAL)
            except Empty:
                try:
                    self._turn()
                except (EngineGone, GatescopeError, OSError):
                    self._hang_up()  # the next request hears why
        return self._requests.get()

    def _carry(self, request: Request) -> None:
        """Ask; if the engine has gone, ask the next one.

        A request that must not be carried out twice is asked only once: perhaps only its answer was lost. So
        is one to an engine that can't be reached: the reason is known.
        """
        for last in (True,) if isinstance(request, ScaleLearningRate) else (False, True):
            try:
                answer = self._ask(request)
            except (EngineGone, GatescopeError, OSError) as error:
                self._hang_up()
                if last or isinstance(error, OutOfReach):
                    if not self.closed:
                        self._post(self.Unanswered(self, request, str(error)))
                    return
            else:
                if not self.closed:
                    self._post(self.Answered(self, request, answer))
                return

    def _ask(self, request: Request) -> Reply:
        """Ask whichever engine can answer.

        Raises:
            EngineGone: there is none, or it didn't come up; or it trains out of reach (`OutOfReach`).
            GatescopeError: there is no folder for its socket.
            OSError: it can't be started.
        """
        deadline, engine = time.monotonic() + START_TIMEOUT, self.folder.engine()
        if engine is not None and engine.away is not None and not isinstance(request, Ask | FindSample):
            raise OutOfReach(engine.away.advise("steer"))
        while not self._turn():
            if self.closed or time.monotonic() > deadline:
                raise EngineGone("the engine didn't start in time")
            time.sleep(POLL)
        if self._trainer is not None:
            return self._trainer.ask(request)
        run = path_text(self.folder.path.resolve())
        match request:
            case Ask():
                request = request.about_run(run)
            case FindSample():
                request = replace(request, run=run)
        return self.read_only.ask(request, lambda: not self.closed)

    def _turn(self) -> bool:
        """Turn to the engine that trains the run, or else to the read-only one as soon as that is up.

        The read-only one also answers about a run that is trained out of reach, from its newest checkpoint.

        Returns:
            Whether a request can be asked; False while the engine that trains is coming up.

        Raises:
            EngineGone: the read-only engine died before it came up, or the trainer's socket is gone.
            GatescopeError: there is no folder for its socket.
            OSError: it can't be started.
        """
        engine = self.folder.engine()
        if engine is None or engine.away is not None:
            self._trainer_pid = 0  # another engine may come
            if self._trainer is not None and self.read_only.start() is not None:
                self._hang_up()
        elif self._trainer is None or engine.pid != self._trainer_pid:
            found = self._finder.find("steer")
            if found is None or found.socket is None:
                return False
            self._hang_up()
            self._trainer, self._trainer_pid = EngineClient(found.socket), found.engine.pid
        return True

    def _hang_up(self) -> None:
        """Leave the engine that trains, or has trained."""
        if self._trainer is not None:
            self._trainer.close()
            self._trainer = None
