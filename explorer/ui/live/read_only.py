"""The read-only engine of a screen: it answers about every run that nothing trains."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock

from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import Reply, Request
from explorer.runs.launch import StartedEngine, start_read_only
from explorer.system.errors import Cancelled
from explorer.system.sockets import private_socket

START_TIMEOUT = 60.0
"""Seconds that an engine may take to come up: torch alone takes 3 to 10."""
ANSWER_TIMEOUT = 60.0
"""Seconds that it may take to answer: it may have to read another run and its data first."""
END_SECONDS = 1.0
"""Seconds that a process may take to be gone once its connections are closed."""
POLL = 0.1
"""Seconds between two checks whether an engine has come up."""

_numbers = count()
"""One number for each read-only engine that this process starts: it names the engine's socket."""


class ReadOnlyEngine:
    """An engine of this screen's own, started when it is first needed. Threads may share it.

    It ends by itself when this process does: then no viewer is connected to it any more.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = Lock()
        self._process: StartedEngine | None = None
        self._socket = Path()
        self._client: EngineClient | None = None
        self._closed = False

    def start(self) -> EngineClient | None:
        """Start the engine unless one runs; a connection to it, or None while it isn't up yet. Never waits.

        Raises:
            EngineGone: it died before it came up, and the next call starts another; or this is closed.
            GatescopeError: there is no folder for its socket.
            OSError: it can't be started.
        """
        with self._lock:
            if self._closed:
                raise EngineGone("the explorer is closing")
            if self._process is not None and self._process.poll() is not None:
                ended, self._process = self._process, None
                self._socket.unlink(missing_ok=True)
                if self._client is None:
                    raise EngineGone(ended.last_words() or "the engine ended without a message")
                self._client = None
            if self._process is None:
                self._socket = private_socket(f"{os.getpid()}-{next(_numbers)}")
                self._socket.unlink(missing_ok=True)
                self._process = start_read_only(self._socket)
            if self._client is None and self._socket.exists():
                client = EngineClient(self._socket)
                with suppress(EngineGone):  # not quite up
                    client.open()  # else the engine would soon end, for want of a viewer
                    self._client = client
            return self._client

    def ask(self, request: Request, wanted: Callable[[], bool] = lambda: True) -> Reply:
        """Ask; starts the engine first if necessary. Blocks: for a thread.

        Args:
            request: names the run that it is about.
            wanted: whether anybody still waits for the answer.

        Raises:
            EngineGone: it didn't come up, died, or took too long. Asked again, another one is started.
            GatescopeError: there is no folder for its socket.
            OSError: it can't be started.
        """
        client = self._await_start(wanted)
        try:
            return client.ask(request, ANSWER_TIMEOUT)
        except EngineGone:
            self._await_end()
            raise

    def ask_heavy(
        self, request: Request, progress: Callable[[float], object], wanted: Callable[[], bool]
    ) -> Reply:
        """Ask on a connection of its own, so that no other request waits for this one. Blocks: for a thread.

        Args:
            request: names the run that it is about.
            progress: called with the share done, 0..1.
            wanted: whether anybody still waits for the answer; asked every `WAIT_SECONDS`.

        Raises:
            Cancelled: nobody waits for it any more, and the engine was told by hanging up.
            EngineGone: as `ask`.
            GatescopeError: as `ask`.
            OSError: as `ask`.
        """

        def require_wanted() -> None:
            if not wanted():
                raise Cancelled

        def pass_on(share: float) -> None:
            require_wanted()
            progress(share)

        try:
            self._await_start(wanted)
        except EngineGone:
            require_wanted()
            raise
        client = EngineClient(self._socket)
        try:
            return client.ask(request, ANSWER_TIMEOUT, pass_on, require_wanted)
        except EngineGone:
            self._await_end()
            raise
        finally:
            client.close()

    def _await_start(self, wanted: Callable[[], bool]) -> EngineClient:
        """Start the engine if necessary, and wait until it is up.

        Returns:
            The connection that all but heavy requests share.

        Raises:
            EngineGone: as `ask`.
            GatescopeError: as `ask`.
            OSError: as `ask`.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while (client := self.start()) is None:
            if not wanted() or time.monotonic() > deadline:
                raise EngineGone("the engine didn't start in time")
            time.sleep(POLL)
        return client

    def _await_end(self) -> None:
        """Wait a moment for an engine that hung up to be gone, so that the next request starts another."""
        deadline = time.monotonic() + END_SECONDS
        while (process := self._process) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL)

    def close(self) -> None:
        """End the engine. Never waits."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.terminate()
                with suppress(OSError):
                    self._socket.unlink(missing_ok=True)
