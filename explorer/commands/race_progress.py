"""How a race is shown without the explorer: a bar for each run on a terminal, else lines; then a table."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import FrameType
from typing import IO, Any, Final

from explorer.commands.common import say
from explorer.commands.progress import Bar, Bars, Lines, Output, Progress
from explorer.commands.race_table import race_table, went_wrong
from explorer.commands.train import summarise
from explorer.runs import summary
from explorer.runs.events import AnyEvent
from explorer.runs.folder import RunFolder
from explorer.runs.history import History
from explorer.runs.launch import StartedEngine
from explorer.runs.reader import EventReader
from explorer.runs.snapshot import OVER
from explorer.system.signals import receiving

POLL: Final = 0.1
"""Seconds between two looks at the runs."""
SUPERVISOR: Final = "the race's supervisor"
"""What it is called where it failed."""


class _Runner:
    """A run of the race, shown while it trains."""

    def __init__(self, folder: RunFolder, bars: Bars | None, width: int, stream: IO[str]) -> None:
        """Show a run, on a bar or in lines of a stream that begin with its cell."""
        self.folder = folder
        self.config = folder.read().config
        title = f"{self.config.cell:<{width}}  "
        output: Output = Lines(stream, title) if bars is None else Bar(bars, title, "waiting")
        self.progress = Progress(output, self.config.batch_size)
        self._reader = EventReader(folder.events)
        known = History()
        known.extend(self._new())
        self.progress.begin(known)

    @property
    def facts(self) -> dict[str, Any]:
        """What `--json` says of it: as of any training, and what is known even if it never began."""
        config, now = self.config, summary.summarise(self.folder)
        known = {"cell": config.cell, "hidden": config.hidden, "epochs": config.epochs}
        if isinstance(now, summary.Summary):
            known |= {"state": now.state, "reason": now.reason}
        return summarise(self.folder, self.progress.history) | {"reason": ""} | known

    def catch_up(self) -> None:
        """Show what is new."""
        for event in self._new():
            self.progress(event)

    def _new(self) -> Iterator[AnyEvent]:
        """The events that weren't read yet."""
        while events := self._reader.read():
            yield from events


def follow_race(title: str, folders: Sequence[RunFolder], supervisor: StartedEngine, as_json: bool) -> int:
    """Show a race until it is over; returns 0 if all runs finished, 130 if it was stopped, else 1."""
    signals = 0

    def receive(number: int, frame: FrameType | None) -> None:
        """Pass a signal on to the supervisor, which isn't in this terminal; if that is closed, it goes on."""
        nonlocal signals
        if number == signal.SIGHUP:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        signals += 1
        supervisor.send_signal(signal.SIGTERM)

    stream = sys.stderr if as_json else sys.stdout
    width = max(len(folder.read().config.cell) for folder in folders)
    with receiving(receive), ExitStack() as stack:
        bars = Bars(stream) if stream.isatty() else None
        runners = []
        for folder in folders:
            runners.append(_Runner(folder, bars, width, stream))
            stack.enter_context(runners[-1].progress)
        over = False
        while not over:
            over = supervisor.poll() is not None  # before the last events are read
            for runner in runners:
                runner.catch_up()
            time.sleep(0 if over else POLL)
    facts = [one.facts for one in runners]
    if as_json:
        print(json.dumps({"race": title, "runs": facts}))
    else:
        for line in [*race_table(facts), *went_wrong(facts)]:
            say(line)
    supervisor.require_no_failure(SUPERVISOR)
    left = [one["run"] for one in facts if one["state"] not in OVER]
    if left and not as_json:
        say(f"resume it with `gatescope race --resume {title}`")
    if not as_json:
        say(f"view it with `gatescope watch {folders[0].name}`")
    finished = all(one["state"] == "finished" for one in facts)
    return 0 if finished else 130 if signals else 1
