"""A read-only engine: it answers probes about a run that isn't being trained."""

from __future__ import annotations

import time
from pathlib import Path

from explorer.engine.learning.batches import Scaling
from explorer.engine.prepare import prepare
from explorer.engine.probes.registry import Prober
from explorer.engine.record.checkpoints import newest_model
from explorer.engine.server import Server
from explorer.protocol.messages import Answer, FindSample, Probe, Refused, Request
from explorer.runs.folder import RunFolder

FIRST_VIEWER_SECONDS = 30.0
"""Seconds after which the engine ends if no viewer has connected."""
ALONE_SECONDS = 2.0
"""Seconds after which it ends once its last viewer has gone: it holds 400 MB."""


def serve(folder: RunFolder, socket: Path) -> None:
    """Load the run's newest weights and answer on `socket` until no viewer is connected any more.

    Raises:
        GatescopeError: the data or the weights can't be read.
        OSError: the socket can't be created.
    """
    config = folder.read().config
    device, dataset = prepare(config, print)
    model, step = newest_model(folder, config)
    prober = Prober(model.to(device), dataset.test, Scaling.of(dataset.test, config.recipe.normalise))

    def handle(request: Request) -> Answer:
        if isinstance(request, Probe | FindSample):
            return prober.answer(request, step, None)
        return Refused("this run isn't training")

    server = Server(lambda: socket)
    try:
        alone_since, limit = time.monotonic(), FIRST_VIEWER_SECONDS
        while time.monotonic() - alone_since < limit:
            server.serve(handle, wait=0.5)
            if server.viewers:
                alone_since, limit = time.monotonic(), ALONE_SECONDS
    finally:
        server.close()
