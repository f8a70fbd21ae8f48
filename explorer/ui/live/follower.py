"""A thread that follows one run on disk and posts what is new."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

from textual.message import Message
from textual.strip import Strip

from explorer.runs.errors import GatescopeError
from explorer.runs.folder import RunFile, RunFolder
from explorer.runs.history import History
from explorer.runs.lock import Engine
from explorer.runs.reader import EventReader
from explorer.runs.snapshot import Snapshot, derive
from explorer.ui.terminal.budget import Budget
from explorer.ui.views import plots

INTERVAL = 0.25
"""Seconds between two looks at the run's folder."""
PLOT_INTERVAL = 2.0
"""Seconds between two drawings of the curves: each sends some 2 KB while a training is young."""
GRACE = 15.0
"""Seconds that a freshly made run may go without an engine: Python itself has to start."""


class Follower(Thread):
    """Reads events, derives the view, draws the curves: all that would hold up the event loop."""

    class SnapshotTaken(Message):
        """The run looks different from before."""

        def __init__(self, follower: Follower, view: Snapshot) -> None:
            """Carry the newest view."""
            super().__init__()
            self.follower = follower
            self.view = view

    class Drawn(Message):
        """The curves look different from before."""

        def __init__(self, follower: Follower, lines: list[Strip]) -> None:
            """Carry the newest drawing."""
            super().__init__()
            self.follower = follower
            self.lines = lines

    class Broken(Message):
        """The run can't be followed."""

        def __init__(self, follower: Follower, reason: str) -> None:
            """Carry one line for a person."""
            super().__init__()
            self.follower = follower
            self.reason = reason

    def __init__(
        self,
        folder: RunFolder,
        post: Callable[[Message], object],
        engine: subprocess.Popen[bytes] | None,
        budget: Budget,
    ) -> None:
        """Follow a run; `start` begins.

        Args:
            folder: the run.
            post: takes messages from this thread.
            engine: the engine's process, when this program started it.
            budget: how patient to be.
        """
        super().__init__(name="follower", daemon=True)
        self.folder = folder
        self._post = post
        self._engine = engine
        self._budget = budget
        self._reader = EventReader(folder.events)
        self._history = History()
        self._canvas: plots.Canvas | None = None
        self._wake = Event()
        self._came_up = False
        self._closed = False

    def draw_on(self, canvas: plots.Canvas | None) -> None:
        """Draw the curves for this size from now on; None: nobody sees them."""
        if canvas != self._canvas:
            self._canvas = canvas
            self._wake.set()

    def close(self) -> None:
        """Let go of the run."""
        self._closed = True
        self._wake.set()

    def run(self) -> None:
        """Follow until closed."""
        try:
            file = self.folder.read()
        except GatescopeError as error:
            self._post(self.Broken(self, str(error)))
            return
        view: Snapshot | None = None
        drawn: tuple[plots.Canvas, int] | None = None
        drawn_at = 0.0
        while not self._closed:
            engine = self.folder.engine()
            self._came_up = self._came_up or engine is not None
            self._catch_up()
            fresh = self._derive(file, engine)
            if self._closed:
                return
            if fresh != view:
                view = fresh
                self._post(self.SnapshotTaken(self, view))
            canvas, now = self._canvas, time.monotonic()
            wanted = (canvas, self._history.events) if canvas else None
            resized = drawn is None or drawn[0] != canvas
            due = now - drawn_at >= PLOT_INTERVAL * self._budget.patience
            if canvas and wanted != drawn and (resized or not view.live or due):
                drawn, drawn_at = wanted, now
                lines = plots.draw(self._history, canvas.width, canvas.height, canvas.ink)
                if not self._closed:
                    self._post(self.Drawn(self, lines))
            self._wake.wait(INTERVAL * self._budget.patience if view.live else 1.0)
            self._wake.clear()

    def _catch_up(self) -> None:
        """Read all that there is."""
        while not self._closed:
            restarts = self._reader.restarts
            events = self._reader.read()
            if self._reader.restarts != restarts:
                self._history = History()
            if not events:
                return
            self._history.extend(events)

    def _derive(self, file: RunFile, engine: Engine | None) -> Snapshot:
        """The view of this moment."""
        starting = self._history.state is None and 0 <= time.time() - file.created < GRACE
        if self._engine is not None:
            starting = self._engine.poll() is None and not self._came_up
        said = "" if engine or starting or self._history.state else self.folder.last_words()
        view = derive(file, self._history, engine, starting, self._reader.bad_lines, said)
        if not self.folder.path.is_dir():
            return replace(view, state="lost", reason="its folder is gone")
        return view
