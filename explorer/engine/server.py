"""The engine's end of the private socket: requests wait here until the engine has time.

Threads receive and send; the engine itself answers the requests between two batches, on its own thread,
so that nothing touches the weights while a step uses them. A viewer that is slow, suspended or dead
holds up only its own thread.
"""

from __future__ import annotations

import os
import socket as sockets
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

import msgspec

from explorer.protocol.messages import (
    LARGEST_REQUEST,
    Piece,
    Progress,
    Refused,
    Reply,
    Request,
    pack,
    unpack_request,
)
from explorer.system.errors import Cancelled, GatescopeError
from explorer.system.files import Identity, identity
from explorer.system.text import one_line

_Made = TypeVar("_Made")

MOST_VIEWERS = 64
"""The most connections at a time; any further one is closed at once."""

RETRY_SECONDS = 0.1
"""Seconds before the next try after a connection couldn't be accepted."""
FAREWELL_SECONDS = 1.0
"""Seconds allowed for sending the last answers: a viewer may not be reading them."""
CHECK_SECONDS = 1.0
"""Seconds between two checks that the socket's file is where it should be: the folder of a user's sockets is
removed at the last logout, the run's folder may be renamed, and the engine goes on."""

PROGRESS_SECONDS = 0.1
"""Seconds between two messages that say how far a reply is."""

Later = Callable[[Callable[[float | Piece], object]], Reply]
"""Makes a reply that takes long, on the thread of the viewer that asked for it, so that nobody else waits.
It gets what takes the share done, 0..1, or a piece of the weights, and raises `Cancelled` once the viewer has
hung up."""
Handler = Callable[[Request], Reply | Later]
"""Answers one request."""


class Server:
    """Listens on a unix socket and queues the requests in order."""

    def __init__(
        self, find_path: Callable[[], Path], announce: Callable[[Path], object] = lambda path: None
    ) -> None:
        """Listen, for this user alone; replace a socket that a dead engine left behind.

        Args:
            find_path: returns the path to listen on; called again every `CHECK_SECONDS`.
            announce: called with the path as soon as the server listens there.

        Raises:
            OSError: the socket can't be created.
        """
        self._find_path = find_path
        self._announce = announce
        self._listen()
        self._waiting: SimpleQueue[tuple[Request, SimpleQueue[Reply | Later]]] = SimpleQueue()
        self._viewers: set[Connection] = set()
        self._asked: set[Connection] = set()
        self._closed = False
        self._listening = Lock()
        Thread(target=self._accept, name="server", daemon=True).start()

    @property
    def viewers(self) -> int:
        """How many connections are open."""
        return len(self._viewers)

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; if there is none, wait up to `wait` seconds for one.

        Those that arrive meanwhile wait for the next call: otherwise a few viewers that ask without a
        pause would keep the engine here indefinitely.
        """
        with suppress(Empty):
            request, answers = self._waiting.get(block=wait > 0, timeout=wait or None)
            for _ in range(self._waiting.qsize()):
                answers.put(_safely(partial(handle, request)))
                request, answers = self._waiting.get_nowait()
            answers.put(_safely(partial(handle, request)))

    def retire(self) -> None:
        """Stop listening, and remove the socket's file; open connections are still served."""
        with self._listening:
            if not self._closed:
                self._closed = True
                self._listener.close()
                _remove(self._socket, self._identity)

    def close(self) -> None:
        """Stop listening, and send the last answers; `FAREWELL_SECONDS` at most."""
        self.retire()
        end = time.monotonic() + FAREWELL_SECONDS
        while self._asked and time.monotonic() < end:
            self.serve(lambda request: Refused("the engine is shutting down"), wait=0.01)

    def _listen(self) -> None:
        """Listen on the path that is right at present."""
        path = self._find_path()
        self._listener, self._identity = _listen(path)
        self._socket = path
        self._listener.settimeout(CHECK_SECONDS)
        self._check_at = time.monotonic() + CHECK_SECONDS
        self._announce(path)

    def _accept(self) -> None:
        """Give each viewer a thread of its own, until the listener is closed."""
        while True:
            self._restore()
            try:
                accepted, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # closed; or this process is out of file descriptors for a moment
                if self._closed:
                    return
                time.sleep(RETRY_SECONDS)
                continue
            connection = Connection(accepted.detach())
            if len(self._viewers) >= MOST_VIEWERS:
                connection.close()
                continue
            self._viewers.add(connection)
            Thread(target=self._serve_viewer, args=(connection,), name="viewer", daemon=True).start()

    def _restore(self) -> None:
        """Listen elsewhere if the socket's file has gone, or should be elsewhere; connections stay open."""
        with self._listening:
            if self._closed or time.monotonic() < self._check_at:
                return
            self._check_at = time.monotonic() + CHECK_SECONDS
            old, path, own = self._listener, self._socket, self._identity
            with suppress(OSError, GatescopeError):  # no path now: perhaps at the next check
                if self._find_path() != path or not path.exists():
                    self._listen()
                    old.close()
                    if self._socket != path:
                        _remove(path, own)

    def _serve_viewer(self, connection: Connection) -> None:
        """Pass on one viewer's requests, one at a time, until it disconnects or sends nonsense."""
        try:
            while True:
                data = connection.recv_bytes(LARGEST_REQUEST)
                self._asked.add(connection)
                reply = self._answer(data)
                if callable(reply):
                    reply = _safely(partial(reply, _Teller(connection)))
                connection.send_bytes(pack(reply))
                self._asked.discard(connection)
        except (OSError, EOFError, Cancelled):
            pass  # the viewer disconnected, or sent more than any request can be
        finally:
            self._asked.discard(connection)
            self._viewers.discard(connection)
            connection.close()

    def _answer(self, data: bytes) -> Reply | Later:
        """Let the engine answer one request."""
        try:
            request = unpack_request(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return Refused("this engine doesn't know that request; is it from another version of gatescope?")
        answers: SimpleQueue[Reply | Later] = SimpleQueue()
        self._waiting.put((request, answers))
        return answers.get()


class _Teller:
    """Tells a viewer what precedes its reply, and finds out when it has hung up."""

    def __init__(self, connection: Connection) -> None:
        """Say nothing yet."""
        self._connection = connection
        self._next = 0.0

    def __call__(self, said: float | Piece) -> None:
        """Send a piece of the weights, or how far the reply is, at most every `PROGRESS_SECONDS`.

        Raises:
            Cancelled: the viewer has hung up; one that waits for a reply sends nothing.
        """
        try:
            if self._connection.poll():
                raise Cancelled
            if isinstance(said, Piece):
                self._connection.send_bytes(pack(said))
            elif time.monotonic() >= self._next:
                self._connection.send_bytes(pack(Progress(said)))
                self._next = time.monotonic() + PROGRESS_SECONDS
        except OSError:
            raise Cancelled from None


def _safely(answer: Callable[[], _Made]) -> _Made | Refused:
    """An answer, whatever happens: a request must not end a training."""
    try:
        return answer()
    except Cancelled:
        raise
    except Exception as error:
        traceback.print_exc()  # to the engine's log
        return Refused(one_line(f"the engine couldn't do that: {error}"))


def _remove(path: Path, own: Identity) -> None:
    """Remove a socket's file, unless it is another engine's by now."""
    with suppress(OSError):
        if identity(path.lstat()) == own:
            path.unlink()


def _listen(path: Path) -> tuple[sockets.socket, Identity]:
    """Listen on a socket that is ready, and private to this user, from the moment its file exists.

    A viewer connects as soon as it sees the file; between `bind` and `listen` it would be refused.

    Returns:
        The socket, and what its file is known by.
    """
    unready = path.with_suffix(f".{os.getpid()}")
    listener = sockets.socket(sockets.AF_UNIX)
    try:
        unready.unlink(missing_ok=True)
        listener.bind(str(unready))
        unready.chmod(0o600)
        listener.listen(16)
        own = identity(unready.lstat())
        unready.replace(path)
    except OSError:
        listener.close()
        unready.unlink(missing_ok=True)
        raise
    return listener, own
