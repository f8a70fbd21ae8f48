"""The engine's end of the private socket: requests wait here until the engine has time.

Threads receive and send; the engine itself takes the requests between two batches, on its own thread,
so that nothing ever touches the weights while a step uses them. A viewer that is slow, stopped or
dead holds up only its own thread.
"""

from __future__ import annotations

import os
import socket as sockets
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread

import msgspec

from explorer.runs.messages import LARGEST_REQUEST, Answer, Refused, Request, pack, unpack_request

MOST_VIEWERS = 64
"""Connections at a time; a further one is closed at once."""

RETRY = 0.1
"""Seconds until the next try, where a connection couldn't be taken."""

Handler = Callable[[Request], Answer]
"""What answers a request."""


class Inbox:
    """Listens on a unix socket and keeps the requests in order."""

    def __init__(self, socket: Path) -> None:
        """Listen, for this user alone; a socket that a dead engine left behind is replaced.

        Raises:
            OSError: the socket can't be made.
        """
        self._socket = socket
        self._listener = _listen(socket)
        self._waiting: SimpleQueue[tuple[Request, SimpleQueue[Answer]]] = SimpleQueue()
        self._viewers = 0
        self._closed = False
        self._counting = Lock()
        Thread(target=self._accept, name="inbox", daemon=True).start()

    @property
    def viewers(self) -> int:
        """Connections that are open."""
        return self._viewers

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; with none there, wait up to `wait` seconds for the first.

        Those that arrive meanwhile wait for the next call: a few viewers that ask without a pause
        would otherwise keep the engine here for ever.
        """
        with suppress(Empty):
            request, answers = self._waiting.get(block=wait > 0, timeout=wait or None)
            for _ in range(self._waiting.qsize()):
                answers.put(handle(request))
                request, answers = self._waiting.get_nowait()
            answers.put(handle(request))

    def close(self) -> None:
        """Stop listening; the socket's file goes."""
        self._closed = True
        self._listener.close()
        self._socket.unlink(missing_ok=True)

    def _accept(self) -> None:
        """Give every viewer a thread of its own, until the listener is closed."""
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # closed; or, for a moment, this process has no file descriptor left
                if self._closed:
                    return
                time.sleep(RETRY)
                continue
            connection = Connection(accepted.detach())
            if self._viewers >= MOST_VIEWERS:
                connection.close()
                continue
            Thread(target=self._talk, args=(connection,), name="viewer", daemon=True).start()

    def _talk(self, connection: Connection) -> None:
        """Pass one viewer's requests on, one at a time, until it goes or sends nonsense."""
        with self._counting:
            self._viewers += 1
        try:
            while True:
                data = connection.recv_bytes(LARGEST_REQUEST)
                connection.send_bytes(pack(self._answer(data)))
        except (OSError, EOFError):
            pass  # the viewer went away, or sent more than a request can be
        finally:
            with self._counting:
                self._viewers -= 1
            connection.close()

    def _answer(self, data: bytes) -> Answer:
        """Have one request answered by the engine."""
        try:
            request = unpack_request(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return Refused("that is no request this engine knows")
        answers: SimpleQueue[Answer] = SimpleQueue()
        self._waiting.put((request, answers))
        return answers.get()


def _listen(path: Path) -> sockets.socket:
    """Listen on a socket that is ready, and for this user alone, from the moment its file is there.

    A viewer connects as soon as it sees the file; between `bind` and `listen` it would be refused.
    """
    unready = path.with_suffix(f".{os.getpid()}")
    listener = sockets.socket(sockets.AF_UNIX)
    try:
        unready.unlink(missing_ok=True)
        listener.bind(str(unready))
        unready.chmod(0o600)
        listener.listen(16)
        unready.replace(path)
    except OSError:
        listener.close()
        unready.unlink(missing_ok=True)
        raise
    return listener
