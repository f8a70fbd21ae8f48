"""Answering for a while after a training has ended, until the screens have another engine for that."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from explorer.protocol.messages import FindSample, Refused, Reply, Request, about
from explorer.protocol.questions import Ask
from explorer.runs.held_folder import FolderGone

if TYPE_CHECKING:
    from explorer.engine.probes.registry import Prober
    from explorer.engine.server import Server
    from explorer.runs.held_folder import HeldFolder

LINGER_SECONDS = 30.0
"""The longest that an engine answers after its training has ended; a read-only one starts in 3 to 10."""
NOT_TRAINING: Final = Refused("this run isn't training")
"""The answer to a request that only a training can carry out."""


def linger(server: Server, prober: Prober, step: int, held: HeldFolder) -> None:
    """Answer about the run that was just trained, on the connections that are open, as long as they last.

    The server no longer listens, and the run's lock is released: nothing here may touch the run's folder.
    When that is deleted, there is nothing left to answer about.

    Args:
        server: retired.
        prober: asks the trained model.
        step: steps trained.
        held: the run's folder.
    """
    end = time.monotonic() + LINGER_SECONDS

    def answer(request: Request) -> Reply:
        if isinstance(request, Ask | FindSample) and not about(request):
            return prober.answer(request, step, None)
        return NOT_TRAINING

    with suppress(FolderGone):
        while server.viewers and time.monotonic() < end:
            server.serve(answer, wait=0.1)
            held.follow()
