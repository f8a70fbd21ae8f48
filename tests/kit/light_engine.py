"""The real program, but for its engines: those hold the lock and write events, and need no torch.

Run as a program, in place of `explorer/start.py`. A run trains one step, then waits: for a file `finish` in
its folder, or a signal.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from kit.facts import changed, evaluated, started, stepped

from explorer import cli
from explorer.runs import launch, supervisor
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.lock import EngineLock
from explorer.runs.writer import EventWriter

FINISH = "finish"
"""The file that lets an engine finish."""
ACCURACY = {"lstm": 0.98, "gru": 0.97, "rnn": 0.91}
"""How well a run reads in the end, by its cell."""


@contextmanager
def light_engines() -> Iterator[None]:
    """Have this process, and all that it starts, start such engines."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    with (
        patch.object(launch, "program", lambda: [sys.executable, "-m", "kit.light_engine"]),
        patch.dict(os.environ, PYTHONPATH=path),
    ):
        yield


def train(folder: RunFolder) -> None:
    """Be the engine of a run."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    config, before = folder.read().config, read_history(folder.events)
    lock, writer = EngineLock(folder.lock), EventWriter(folder.events)
    step = before.steps_done + 1
    facts = {"cell": config.cell, "hidden": config.hidden, "epochs": config.epochs, "parameters": 1000}
    for event in (changed("preparing"), started(**facts), changed("training"), stepped(step)):
        writer.write(event)
    while not stopped and not (folder.path / FINISH).exists():
        time.sleep(0.01)
    if not stopped:
        writer.write(evaluated(step, accuracy=ACCURACY[config.cell]))
    writer.write(changed("stopped" if stopped else "finished"))
    writer.close()
    lock.release()


if __name__ == "__main__":
    if sys.argv[1] == "engine":
        train(RunFolder(Path(sys.argv[2])))
    else:
        with light_engines(), patch.object(supervisor, "POLL", 0.02):
            cli.main()
