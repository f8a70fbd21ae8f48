"""Viewers and an engine for the tests, with a real socket between them, and waits that don't guess."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Connection
from pathlib import Path
from threading import Event, Thread

from explorer.engine.server import Handler, Server
from explorer.protocol.client import EngineClient
from explorer.protocol.messages import Done, Reply, Request
from explorer.protocol.questions import Ask
from explorer.runs.folder import RunFolder

DEADLINE = 20.0
"""Seconds after which a test stops waiting, even on a busy machine."""


def echo(request: Request) -> Reply:
    """Answer as the engine here does: with the sample that was requested."""
    if isinstance(request, Ask):
        return Done(str(request.selection.subject.index))
    return Done(type(request).__name__)


def until(condition: Callable[[], object], deadline: float = DEADLINE) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


@contextmanager
def serving(server: Server, handle: Handler = echo) -> Iterator[None]:
    """Run an engine that handles requests all the time, on a thread of its own."""
    over = Event()

    def work():
        while not over.is_set():
            server.serve(handle, wait=0.05)

    with running(work):
        try:
            yield
        finally:
            over.set()


@contextmanager
def running(*targets: Callable[[], object]) -> Iterator[None]:
    """Run threads that must end by the deadline."""
    threads = [Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def ask(socket: Path, request: Request) -> Reply:
    """Send one request on a connection of its own."""
    client = EngineClient(socket)
    try:
        return client.ask(request, DEADLINE)
    finally:
        client.close()


def raw(socket: Path) -> Connection:
    """Open a connection without a client's protocol."""
    return Client(str(socket), family="AF_UNIX")


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    return os.path.exists(f"/proc/{pid}")


def kill_engine(run: RunFolder) -> None:
    """Kill the engine of a run, if there is one."""
    pid = run.engine_pid()
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
