"""A thread that asks a run's engine, and starts a read-only one where there is none."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from textual.message import Message

from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import Answer, Probe, Request, ScaleLearningRate
from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFolder
from explorer.runs.launch import start_engine
from explorer.runs.sockets import private_socket
from explorer.ui.live.run_message import RunMessage

START_TIMEOUT = 60.0
"""Seconds that an engine may take to come up: torch alone takes 3 to 10."""
POLL = 0.1
"""Seconds between two tries to reach an engine that is coming up."""

_numbers = count()
"""One number for each read-only engine that this process starts: it names the engine's socket."""


class Link(Thread):
    """Carries requests to the engine one after the other, and its answers back as messages."""

    class Answered(RunMessage):
        """The engine answered."""

        def __init__(self, source: Link, request: Request, answer: Answer) -> None:
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

    def __init__(self, folder: RunFolder, post: Callable[[Message], object]) -> None:
        """Ask about a run; `start` begins.

        Args:
            folder: the run.
            post: takes messages from this thread.
        """
        super().__init__(name="link", daemon=True)
        self.folder = folder
        self.closed = False
        """Whether messages about this run are no longer wanted."""
        self._post = post
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._client: EngineClient | None = None
        self._read_only: subprocess.Popen[bytes] | None = None
        self._socket = Path()

    def ask(self, request: Request) -> None:
        """Have a request carried; its answer comes as a message."""
        self._requests.put(request)

    def close(self) -> None:
        """Let go: a read-only engine ends, one that trains continues."""
        self.closed = True
        self._requests.put(None)
        if self._read_only is not None:
            self._read_only.terminate()
            self._socket.unlink(missing_ok=True)

    def run(self) -> None:
        """Carry requests until closed; of several probes in a row only the newest matters."""
        while (request := self._requests.get()) is not None and not self.closed:
            while isinstance(request, Probe) and not self._requests.empty():
                newer = self._requests.get()
                if newer is None:
                    return
                if not isinstance(newer, Probe):
                    self._carry(newer)
                    continue
                request = newer
            self._carry(request)
        if self._client is not None:
            self._client.close()

    def _carry(self, request: Request) -> None:
        """Ask; if the engine has gone, ask the next one.

        A request that must not be carried out twice is asked only once: perhaps only its answer was lost.
        """
        for last in (True,) if isinstance(request, ScaleLearningRate) else (False, True):
            try:
                client = self._client = self._client or self._connect(request)
                answer = client.ask(request)
            except (EngineGone, GatescopeError, OSError) as error:
                self._client = None
                if last and not self.closed:
                    self._post(self.Unanswered(self, request, str(error)))
            else:
                if not self.closed:
                    self._post(self.Answered(self, request, answer))
                return

    def _connect(self, request: Request) -> EngineClient:
        """Reach the engine that trains the run; if there is none, start a read-only one.

        Raises:
            EngineGone: there is none, or it didn't come up.
            GatescopeError: there is no folder for its socket.
            OSError: it can't be started, because the run's folder is gone, for instance.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while not self.closed and time.monotonic() < deadline:
            if self.folder.engine_pid() is not None:
                socket = self.folder.socket
            else:
                socket = self._read_only_socket()
                if self._read_only is not None and self._read_only.poll() is not None:
                    self._read_only = None
                    raise EngineGone(self.folder.last_words() or "the engine ended without a message")
            if socket.exists():
                return EngineClient(socket)
            time.sleep(POLL)
        raise EngineGone("the engine didn't start in time")

    def _read_only_socket(self) -> Path:
        """The socket of an engine of our own; started here when there is none yet."""
        if self._read_only is None:
            self._socket = private_socket(f"{os.getpid()}-{next(_numbers)}")
            self._socket.unlink(missing_ok=True)
            self._read_only = start_engine(self.folder, "--read-only", str(self._socket))
        return self._socket
