"""A run that is trained out of reach: by another user, in another container, on another machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from explorer.runs.folder import RunFolder
from explorer.runs.lock import SIZE, Engine, EngineLock
from explorer.system.place import here

ELSEWHERE = {
    "machine": {"host": "node7", "boot": "6d0c7b48-2b0f-4d5e-9a52-3f1f4f6a1b2c", "user": "ann"},
    "container": {"host": "pod3", "namespace": "pid:[1]", "user": "ann"},
    "user": {"user": "ann"},
}
"""What differs in the lock of an engine elsewhere."""
WHERE = {
    "machine": "on node7 as ann",
    "container": "in another container, pod3, as ann",
    "user": "as ann",
}
"""How that is said."""
THERE = {"machine": "there", "container": "there", "user": "as that user"}
"""How to get there."""


@contextmanager
def trained_elsewhere(run: RunFolder, kind: str, socket: str = "/run/gone.sock") -> Iterator[EngineLock]:
    """Hold a run's lock, as the file system does for an engine elsewhere; `kind` is one of `ELSEWHERE`."""
    lock = EngineLock(run.lock)
    place = msgspec.structs.replace(here(), **ELSEWHERE[kind])
    engine = Engine(pid=1, socket=socket, place=place)
    run.lock.write_bytes(msgspec.json.encode(engine).ljust(SIZE))
    try:
        yield lock
    finally:
        lock.release()
