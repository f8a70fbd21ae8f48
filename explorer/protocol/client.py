"""Asking an engine: the viewer's end of the private socket."""

from __future__ import annotations

import math
import socket as sockets
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec

from explorer.protocol.messages import (
    LARGEST_REPLY,
    Piece,
    Progress,
    Reply,
    Request,
    Sent,
    pack,
    unpack_reply,
)
from explorer.runs.folder import RunFolder
from explorer.runs.lock import Engine

SOCKET_SECONDS = 3.0
"""Seconds for which the socket of a living engine may be missing: within one, the engine makes it again."""
ANSWER_SECONDS = 10.0
"""Seconds that an answer may take, unless somebody says otherwise."""
PATIENCE = 30.0
"""Seconds for a training that is loading, or whose batch takes long; then its newest checkpoint is read."""
WAIT_SECONDS = 0.1
"""Seconds between two calls of `meanwhile` while an answer is awaited."""
RETRY_SECONDS = 0.05
"""Seconds between two tries to reach an engine."""


class EngineGone(Exception):
    """No engine answers: it isn't there (yet, or any longer), or it takes too long."""


class OutOfReach(EngineGone):
    """An engine lives, but it can't be asked from here; the line says where it trains, or what is missing."""


class Found(NamedTuple):
    """The living engine of a run."""

    engine: Engine
    socket: Path | None
    """Where it answers; None while it doesn't yet, or for a moment."""


class EngineFinder:
    """Finds the engine of a run, again and again while somebody waits for it."""

    def __init__(self, folder: RunFolder) -> None:
        """Look for nothing yet."""
        self._folder = folder
        self._missing_since: float | None = None

    def find(self, verb: str) -> Found | None:
        """The engine as it is now; None if the run has none.

        Args:
            verb: what is wanted of it: `stop`.

        Raises:
            OutOfReach: nothing from here reaches it, or its socket has been missing for `SOCKET_SECONDS`.
        """
        engine = self._folder.engine()
        if engine is None:
            return None
        if engine.away is not None:
            raise OutOfReach(engine.away.advise(verb))
        socket, now = self._folder.socket_of(engine), time.monotonic()
        if socket is not None or not engine.socket:
            self._missing_since = None
            return Found(engine, socket)
        self._missing_since = self._missing_since or now
        if now - self._missing_since > SOCKET_SECONDS:
            raise OutOfReach(f"its socket {engine.socket} is gone; {_cure(engine)}")
        return Found(engine, None)


def _cure(engine: Engine) -> str:
    """What to do about an engine without a socket."""
    if engine.has_our_pid:
        return f"`kill {engine.pid}` ends the training, and everything so far is kept"
    return "end it where it was started"


class EngineClient:
    """One connection to an engine, opened when it is first needed; threads take turns."""

    def __init__(self, socket: Path) -> None:
        """Name the socket; there is no connection yet."""
        self._socket = socket
        self._connection: Connection | None = None
        self._lock = Lock()

    def open(self, timeout: float = 1.0) -> None:
        """Open the connection now, so that the engine knows that somebody is there.

        Raises:
            EngineGone: nothing listens.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._socket, timeout)
            except OSError as error:
                raise EngineGone(str(error)) from None

    def ask(
        self,
        request: Request,
        timeout: float = ANSWER_SECONDS,
        progress: Callable[[float], object] = lambda share: None,
        meanwhile: Callable[[], object] = lambda: None,
        take: Callable[[Piece], object] = lambda piece: None,
    ) -> Reply:
        """Send a request and wait for its answer.

        Args:
            request: what is wanted.
            timeout: seconds that the answer may take; where the engine says how far it is, until the next
                time that it does.
            progress: called with the share done, 0..1, whenever the engine says it.
            meanwhile: called every `WAIT_SECONDS` while nothing comes.
            take: called with each piece of the weights. What any of the three raises ends the wait and closes
                the connection: so the engine hears that the answer isn't wanted any more.

        Raises:
            EngineGone: nothing listens, the engine died, or the answer didn't come in time.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._socket, timeout)
                self._connection.send_bytes(pack(request))
                while True:
                    match _receive(self._connection, timeout, meanwhile):
                        case Progress(share):
                            progress(share)
                        case Piece() as piece:
                            take(piece)
                            del piece  # else two of them would be in memory
                        case reply:
                            return reply
            except BlockingIOError:
                self._drop()  # a late answer must not be taken for the next one
                raise EngineGone(f"no answer within {timeout:g} s") from None
            except (OSError, EOFError, msgspec.DecodeError) as error:
                self._drop()
                raise EngineGone(str(error)) from None
            except BaseException:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        """Close the connection, if there is one; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Answered(NamedTuple):
    """What an engine answered, and which one."""

    reply: Reply
    engine: Engine


def ask_training(
    folder: RunFolder,
    request: Request,
    verb: str,
    *,
    timeout: float = ANSWER_SECONDS,
    patience: float = math.inf,
    meanwhile: Callable[[], object] = lambda: None,
    take: Callable[[Piece], object] = lambda piece: None,
) -> Answered | None:
    """Ask the engine that trains a run until it answers: it may be loading torch, or be busy with a batch.

    Args:
        folder: the run.
        request: one that may be carried out twice: perhaps only its answer was lost.
        verb: what is wanted of the engine: `stop`.
        timeout: seconds that an answer may take.
        patience: seconds after which no other try begins.
        meanwhile: called all the while, between two tries as well.
        take: called with each piece of the weights; at another try they all come again.

    Returns:
        The answer; None: the run has no engine, or no longer.

    Raises:
        OutOfReach: nothing from here reaches the engine.
        EngineGone: it hasn't answered within `patience`; the message says why not.
    """
    finder, end, reason = EngineFinder(folder), time.monotonic() + patience, "it is still loading"
    while (found := finder.find(verb)) is not None:
        if time.monotonic() > end:
            raise EngineGone(reason)
        if found.socket is not None:
            client = EngineClient(found.socket)
            try:
                return Answered(client.ask(request, timeout, meanwhile=meanwhile, take=take), found.engine)
            except EngineGone as error:  # it has just ended, or a batch takes long
                reason = str(error)
            finally:
                client.close()
        meanwhile()
        time.sleep(RETRY_SECONDS)
    return None


def _receive(connection: Connection, timeout: float, meanwhile: Callable[[], object]) -> Sent:
    """Wait for the next message, calling `meanwhile` as in `EngineClient.ask`.

    Raises:
        BlockingIOError: it didn't come in time.
        OSError: the connection is broken, or the message larger than any reply.
        EOFError: the engine hung up.
        msgspec.DecodeError: it is no message.
    """
    end = time.monotonic() + timeout
    while not connection.poll(max(0.0, min(WAIT_SECONDS, end - time.monotonic()))):
        if time.monotonic() >= end:
            raise BlockingIOError
        meanwhile()
    return unpack_reply(connection.recv_bytes(LARGEST_REPLY))


def _connect(socket: Path, timeout: float) -> Connection:
    """Connect as `multiprocessing.connection.Client` does, but let no call wait longer than `timeout`.

    An engine may be suspended (Ctrl-Z) at any moment: with its queue of connections full, a plain connect
    would wait until it is woken again, and so would a plain read in the middle of an answer.
    """
    timeval = struct.pack("@ll", *divmod(max(1, int(timeout * 1e6)), 10**6))  # 0 would mean no limit
    with sockets.socket(sockets.AF_UNIX) as end:
        end.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDTIMEO, timeval)
        end.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, timeval)
        end.connect(str(socket))
        return Connection(end.detach())
