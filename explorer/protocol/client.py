"""Asking an engine: the viewer's end of the private socket."""

from __future__ import annotations

import socket as sockets
import struct
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock

import msgspec

from explorer.protocol.messages import Answer, Request, pack, unpack_answer


class EngineGone(Exception):
    """No engine answers: it isn't there (yet, or any longer), or it takes too long."""


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

    def ask(self, request: Request, timeout: float = 10.0) -> Answer:
        """Send a request and wait for its answer, at most `timeout` seconds.

        Raises:
            EngineGone: nothing listens, the engine died, or the answer didn't come in time.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._socket, timeout)
                self._connection.send_bytes(pack(request))
                if not self._connection.poll(timeout):
                    raise BlockingIOError
                return unpack_answer(self._connection.recv_bytes())
            except BlockingIOError:
                self._drop()  # a late answer must not be taken for the next one
                raise EngineGone(f"no answer within {timeout:g} s") from None
            except (OSError, EOFError, msgspec.DecodeError) as error:
                self._drop()
                raise EngineGone(str(error)) from None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        """Close the connection, if there is one; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


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
