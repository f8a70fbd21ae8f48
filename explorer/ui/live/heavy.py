"""A thread that has heavy questions answered by the screen's read-only engine, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from textual.message import Message

from explorer.protocol.client import EngineGone
from explorer.protocol.messages import Reply
from explorer.protocol.questions import Ask
from explorer.runs.folder import RunFolder
from explorer.system.errors import Cancelled, GatescopeError
from explorer.system.path_text import path_text
from explorer.ui.live.read_only import ReadOnlyEngine
from explorer.ui.live.run_message import RunMessage


class HeavyLink(Thread):
    """Carries heavy questions one after the other, each on a connection of its own, until cancelled."""

    class Progressed(RunMessage):
        """The engine is computing an answer."""

        def __init__(self, source: HeavyLink, request: Ask, share: float) -> None:
            """Carry the request and the share done, 0..1."""
            super().__init__(source)
            self.request = request
            self.share = share

    class Answered(RunMessage):
        """The engine answered."""

        def __init__(self, source: HeavyLink, request: Ask, answer: Reply) -> None:
            """Carry both."""
            super().__init__(source)
            self.request = request
            self.answer = answer

    class Unanswered(RunMessage):
        """There is no engine that could answer."""

        def __init__(self, source: HeavyLink, request: Ask, reason: str) -> None:
            """Carry the request and one line for a person."""
            super().__init__(source)
            self.request = request
            self.reason = reason

    def __init__(
        self, folder: RunFolder, post: Callable[[Message], object], read_only: ReadOnlyEngine
    ) -> None:
        """Ask about a run; `start` begins.

        Args:
            folder: the run.
            post: takes messages from this thread.
            read_only: the screen's own engine, which fetches the weights itself.
        """
        super().__init__(name="heavy", daemon=True)
        self.folder = folder
        self.closed = False
        """Whether messages about this run are no longer wanted."""
        self._post = post
        self._read_only = read_only
        self._requests: SimpleQueue[Ask | None] = SimpleQueue()
        self._wanted: tuple[Ask, ...] = ()  # replaced, never changed: two threads read it

    def ask(self, request: Ask) -> None:
        """Have a request carried; its answer comes as a message, after those of the requests before it."""
        self._wanted += (request,)
        self._requests.put(request)

    def cancel(self, request: Ask) -> None:
        """Carry a request no further; the engine stops computing within 0.2 s."""
        self._wanted = tuple(one for one in self._wanted if one is not request)

    def close(self) -> None:
        """Let go of the run."""
        self.closed = True
        self._requests.put(None)

    def run(self) -> None:
        """Carry requests until closed."""
        while (request := self._requests.get()) is not None and not self.closed:
            self._carry(request)

    def _carry(self, request: Ask) -> None:
        """Ask, and say what came of it; an engine that died is replaced once."""

        def wanted() -> bool:
            return not self.closed and any(one is request for one in self._wanted)

        def progress(share: float) -> None:
            if wanted():
                self._post(self.Progressed(self, request, share))

        named, reason = request.about_run(path_text(self.folder.path.resolve())), ""
        for _ in range(2):
            try:
                answer = self._read_only.ask_heavy(named, progress, wanted)
            except Cancelled:
                return
            except (EngineGone, GatescopeError, OSError) as error:
                reason = str(error)
            else:
                if wanted():
                    self._post(self.Answered(self, request, answer))
                return
        if wanted():
            self._post(self.Unanswered(self, request, reason))
