"""A thread that follows one run on disk and posts what is new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from textual.message import Message

from explorer.runs.folder import RunFile, RunFolder
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.history import History
from explorer.runs.launch import StartedEngine
from explorer.runs.lock import Engine
from explorer.runs.reader import EventReader
from explorer.runs.snapshot import Snapshot, take_snapshot
from explorer.runs.verdict import judge
from explorer.system.errors import GatescopeError
from explorer.ui.live.curve_drawer import CurveDrawer
from explorer.ui.live.run_message import RunMessage
from explorer.ui.live.smooth_ahead import smooth_ahead
from explorer.ui.terminal.pace import Pace
from explorer.ui.views import plots

INTERVAL = 0.25
"""Seconds between two readings of the run's folder while it is live."""
IDLE_INTERVAL = 1.0
"""The same for a run that nothing trains."""
BREATH = 0.002
"""Seconds for the event loop between two parts of what is computed before anyone asks for it."""
LOCK_SECONDS = 3.0
"""How long a living engine's lock may be missing: it makes a deleted one again within 2. One that died leaves
the file, and so is found out at once."""
START_SECONDS = 15.0
"""How long a new run may go without an engine: Python itself has to start."""


class Follower(Thread):
    """Reads events, takes snapshots, draws the curves: everything that would hold up the event loop."""

    class SnapshotTaken(RunMessage):
        """The run looks different from before."""

        def __init__(self, source: Follower, snapshot: Snapshot) -> None:
            """Carry the newest snapshot."""
            super().__init__(source)
            self.snapshot = snapshot

    class Drawn(RunMessage):
        """The curves look different from before."""

        def __init__(self, source: Follower, drawing: plots.Drawing, asked: bool) -> None:
            """Carry the newest drawing; `asked`: for another canvas than the one before."""
            super().__init__(source)
            self.drawing, self.asked = drawing, asked

    class NeverStarted(RunMessage):
        """The engine that was started for this run failed, and removed the run."""

        def __init__(self, source: Follower, reason: str) -> None:
            """Carry one line for a person."""
            super().__init__(source)
            self.reason = reason

    class Broken(RunMessage):
        """The run can't be followed."""

        def __init__(self, source: Follower, reason: str) -> None:
            """Carry one line for a person."""
            super().__init__(source)
            self.reason = reason

    def __init__(
        self,
        folder: RunFolder,
        post: Callable[[Message], object],
        engine: StartedEngine | None,
        pace: Pace,
    ) -> None:
        """Follow a run; `start` begins.

        Args:
            folder: the run.
            post: takes messages from this thread.
            engine: the engine's process, when this program started it.
            pace: how patient to be.
        """
        super().__init__(name="follower", daemon=True)
        self.folder = folder
        self.closed = False
        """Whether messages about this run are no longer wanted."""
        self._post = post
        self._engine = engine
        self._pace = pace
        self._reader = EventReader(folder.events)
        self._history = History()
        self._curves = CurveDrawer(plots.draw, plots.with_cursor)
        self._wake = Event()
        self._came_up = False
        self._seen: Engine | None = None
        self._seen_at = 0.0
        self._held: HeldFolder | None = None
        self._judged: tuple[History, int] | None = None
        self._finding = ""

    def draw_on(self, canvas: plots.Canvas | None) -> None:
        """Draw the curves for this size from now on; None: they are hidden."""
        if canvas != self._curves.canvas:
            self._curves.canvas = canvas
            self._wake.set()

    def close(self) -> None:
        """Let go of the run."""
        self.closed = True
        self._wake.set()

    def run(self) -> None:
        """Follow until closed."""
        try:
            file = self.folder.read()
            self._held = HeldFolder(self.folder)
        except GatescopeError as error:
            removed = self._why_removed()
            self._post(self.NeverStarted(self, removed) if removed else self.Broken(self, str(error)))
            return
        try:
            self._follow(file)
        finally:
            self._held.close()

    def _follow(self, file: RunFile) -> None:
        """Post what is new until closed, or until the run turns out to be no run."""
        posted: Snapshot | None = None
        while not self.closed:
            file = self._find_again(file)
            engine = self._find_engine()
            self._came_up = self._came_up or engine is not None
            self._catch_up()
            snapshot = self._take_snapshot(file, engine)
            if self.closed:
                return
            if self._history.started is None and (removed := self._why_removed()):
                self._post(self.NeverStarted(self, removed))
                return
            if snapshot != posted:
                posted = snapshot
                self._post(self.SnapshotTaken(self, snapshot))
            self._draw_if_due(snapshot.live)
            self._wait(INTERVAL * self._pace.patience if snapshot.live else IDLE_INTERVAL, snapshot.live)

    def _wait(self, seconds: float, live: bool) -> None:
        """Wait until it is time to read again; draw at once whenever the curves should look different."""
        until = time.monotonic() + seconds
        while not self.closed and self._wake.wait(max(0.0, until - time.monotonic())):
            self._wake.clear()
            self._draw_if_due(live)
        canvas = self._curves.canvas
        while canvas and not self._wake.is_set() and smooth_ahead(self._history, canvas.look):
            self._wake.wait(BREATH)

    def _find_again(self, file: RunFile) -> RunFile:
        """Stay with the run if its folder was renamed; if another took its place, turn to the run in that.

        Returns:
            The run's `run.json`: `file`, unless the folder has changed.
        """
        assert self._held is not None
        with suppress(GatescopeError):  # no run is there, or not yet
            try:
                if self._held.follow():
                    self._reader.path = self.folder.events
                    return self.folder.read()
            except FolderGone:
                other, held = self.folder.read(), HeldFolder(self.folder)
                self._held.close()
                self._held, self._engine, self._seen = held, None, None
                self._reader, self._history = EventReader(self.folder.events), History()
                self._curves.forget()
                return other
        return file

    def _find_engine(self) -> Engine | None:
        """The living engine; for `LOCK_SECONDS` also the one last seen, if its lock has been deleted."""
        engine, now = self.folder.engine(), time.monotonic()
        if engine is not None:
            self._seen, self._seen_at = engine, now
        elif now - self._seen_at > LOCK_SECONDS or os.path.lexists(self.folder.lock):
            self._seen = None
        return self._seen

    def _why_removed(self) -> str:
        """Why the engine that was started for a new run has removed its folder; empty if it hasn't."""
        return "" if self._engine is None or self.folder.path.is_dir() else self._engine.last_words()

    def _draw_if_due(self, live: bool) -> None:
        """Draw the curves when they have changed: of a live run, only now and then."""
        drawn = self._curves.draw_if_due(self._history, live, self._pace.patience)
        if drawn is not None and not self.closed:
            self._post(self.Drawn(self, *drawn))

    def _catch_up(self) -> None:
        """Read all new events."""
        while not self.closed:
            restarts = self._reader.restarts
            events = self._reader.read()
            if self._reader.restarts != restarts:
                self._history = History()
                self._curves.forget()
            if not events:
                return
            self._history.extend(events)

    def _take_snapshot(self, file: RunFile, engine: Engine | None) -> Snapshot:
        """The run as it is now."""
        starting = self._history.state is None and 0 <= time.time() - file.created < START_SECONDS
        if self._engine is not None:
            starting = self._engine.poll() is None and not self._came_up
        waits = bool(file.race) and engine is None and self.folder.waits()
        if waits:  # unless a person didn't want to wait
            starting = starting and self._engine is not None
            waits = not starting
        said = "" if engine or starting else self.folder.unrecorded_end()
        if not (said or engine or starting or self._history.state):
            said = self.folder.last_words()
        assert self._held is not None
        exists = self.folder.path.is_dir() and not self._held.gone
        history, bad_lines = self._history, self._reader.bad_lines
        return take_snapshot(file, history, engine, starting, bad_lines, said, exists, self._find(), waits)

    def _find(self) -> str:
        """The worst that its curves say is wrong; judged again only once there are more events."""
        history, events = self._judged or (None, 0)
        if history is not self._history or events != history.events:
            self._judged = self._history, self._history.events
            self._finding = next((finding.text for finding in judge(self._history)), "")
        return self._finding
