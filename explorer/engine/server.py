"""The engine's end of the private socket: requests wait here until the engine has time.

Threads receive and send; the engine itself takes the requests between two batches, on its own thread,
so that nothing ever touches the weights while a step uses them. A viewer that is slow, stopped or
dead holds up only its own thread.
"""

from __future__ import annotations

import os
import socket as sockets
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import msgspec

from explorer.protocol.messages import LARGEST_REQUEST, Answer, Refused, Request, pack, unpack_request
from explorer.runs.errors import GatescopeError
from explorer.runs.text import one_line

MOST_VIEWERS = 64
"""Connections at a time; a further one is closed at once."""

RETRY = 0.1
"""Seconds until the next try, where a connection couldn't be taken."""
FAREWELL = 1.0
"""Seconds that the last answers may take, to viewers that don't read them for instance."""
LOOK = 1.0
"""Seconds between two looks whether the socket's file is still there: the folder of a user's sockets goes
with the last login, and the engine stays."""

Handler = Callable[[Request], Answer]
"""What answers a request."""


class Server:
    """Listens on a unix socket and keeps the requests in order."""

    def __init__(
        self, place: Callable[[], Path], announce: Callable[[Path], object] = lambda path: None
    ) -> None:
        """Listen, for this user alone; a socket that a dead engine left behind is replaced.

        Args:
            place: where to listen; asked again when the socket's file has gone.
            announce: is told the path as soon as somebody listens there.

        Raises:
            OSError: the socket can't be made.
        """
        self._place = place
        self._announce = announce
        self._listen()
        self._waiting: SimpleQueue[tuple[Request, SimpleQueue[Answer]]] = SimpleQueue()
        self._viewers: set[Connection] = set()
        self._asked: set[Connection] = set()
        self._closed = False
        Thread(target=self._accept, name="inbox", daemon=True).start()

    @property
    def viewers(self) -> int:
        """Connections that are open."""
        return len(self._viewers)

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; with none there, wait up to `wait` seconds for the first.

        Those that arrive meanwhile wait for the next call: a few viewers that ask without a pause
        would otherwise keep the engine here for ever.
        """
        with suppress(Empty):
            request, answers = self._waiting.get(block=wait > 0, timeout=wait or None)
            for _ in range(self._waiting.qsize()):
                answers.put(_safely(handle, request))
                request, answers = self._waiting.get_nowait()
            answers.put(_safely(handle, request))

    def close(self) -> None:
        """Stop listening, once every answer is on its way; the socket's file goes."""
        self._closed = True
        self._listener.close()
        self._socket.unlink(missing_ok=True)
        end = time.monotonic() + FAREWELL
        while self._asked and time.monotonic() < end:
            self.serve(lambda request: Refused("the engine is shutting down"), wait=0.01)

    def _listen(self) -> None:
        """Listen where there is a place now."""
        self._socket = self._place()
        self._listener = _listen(self._socket)
        self._listener.settimeout(LOOK)
        self._announce(self._socket)

    def _accept(self) -> None:
        """Give every viewer a thread of its own, until the listener is closed."""
        while True:
            try:
                accepted, _ = self._listener.accept()
            except TimeoutError:
                self._return()
                continue
            except OSError:  # closed; or, for a moment, this process has no file descriptor left
                if self._closed:
                    return
                time.sleep(RETRY)
                continue
            connection = Connection(accepted.detach())
            if len(self._viewers) >= MOST_VIEWERS:
                connection.close()
                continue
            self._viewers.add(connection)
            Thread(target=self._talk, args=(connection,), name="viewer", daemon=True).start()

    def _return(self) -> None:
        """Listen anew where the socket's file has gone; those who are connected stay so."""
        if self._closed or self._socket.exists():
            return
        gone = self._listener
        with suppress(OSError, GatescopeError):  # no place now: perhaps at the next look
            self._listen()
            gone.close()
            if self._closed:  # meanwhile
                self._socket.unlink(missing_ok=True)

    def _talk(self, connection: Connection) -> None:
        """Pass one viewer's requests on, one at a time, until it goes or sends nonsense."""
        try:
            while True:
                data = connection.recv_bytes(LARGEST_REQUEST)
                self._asked.add(connection)
                connection.send_bytes(pack(self._answer(data)))
                self._asked.discard(connection)
        except (OSError, EOFError):
            pass  # the viewer went away, or sent more than a request can be
        finally:
            self._asked.discard(connection)
            self._viewers.discard(connection)
            connection.close()

    def _answer(self, data: bytes) -> Answer:
        """Have one request answered by the engine."""
        try:
            request = unpack_request(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return Refused("this engine doesn't know that request; is it of another version of gatescope?")
        answers: SimpleQueue[Answer] = SimpleQueue()
        self._waiting.put((request, answers))
        return answers.get()


def _safely(handle: Handler, request: Request) -> Answer:
    """An answer, whatever happens: looking inside must not end a training."""
    try:
        return handle(request)
    except Exception as error:
        traceback.print_exc()  # to the engine's log
        return Refused(one_line(f"the engine could not do that: {error}"))


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
