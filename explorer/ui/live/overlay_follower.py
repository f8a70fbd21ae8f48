"""A thread that reads the compared runs while they are shown, and draws their curves over each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from textual.message import Message

from explorer.runs.events import LIVE, decoder_of
from explorer.runs.folder import RunFolder
from explorer.runs.history import History, history_of
from explorer.runs.manage import Deleted, Renamed
from explorer.runs.reader import EventReader
from explorer.runs.summary import Listed, Summary
from explorer.runs.summary_cache import SummaryCache
from explorer.system.text import reason
from explorer.ui.live import follower
from explorer.ui.live.curve_drawer import CurveDrawer
from explorer.ui.live.held_runs import HeldRuns
from explorer.ui.live.run_message import RunMessage
from explorer.ui.terminal.pace import Pace
from explorer.ui.views import overlay_plots
from explorer.ui.views.curve_panels import PANELS
from explorer.ui.views.look import CHOICES
from explorer.ui.views.overlay_runs import Overlaid, OverlaidRun, OverlayCanvas
from explorer.ui.views.plots import Drawing

_TOGETHER: Final = frozenset(CHOICES[0])
"""Series that are read together, because a key goes from one to the other."""


class _Read(NamedTuple):
    """A run, as far as it is read."""

    reader: EventReader
    history: History
    series: frozenset[str]
    """What of its steps is kept."""


class _Wanted(NamedTuple):
    """What is shown."""

    paths: tuple[Path, ...] = ()
    """The runs; none while they aren't shown."""
    canvas: OverlayCanvas | None = None
    """What their curves are drawn on; None: they are hidden."""


class OverlayFollower(Thread):
    """Reads and draws the compared runs. While none is shown it waits; what was read of them stays."""

    class Summarised(RunMessage):
        """What is known of the runs at a glance has changed."""

        def __init__(self, source: OverlayFollower, runs: tuple[Listed, ...]) -> None:
            """Carry it, in the order of the runs, without those that are gone."""
            super().__init__(source)
            self.runs = runs

    class Moved(RunMessage):
        """A run's folder was renamed or deleted, by whomever."""

        def __init__(self, source: OverlayFollower, change: Renamed | Deleted) -> None:
            """Carry what became of it."""
            super().__init__(source)
            self.change = change

    class Broken(RunMessage):
        """The runs can't be read any more."""

        def __init__(self, source: OverlayFollower, reason: str) -> None:
            """Carry one line for a person."""
            super().__init__(source)
            self.reason = reason

    class Drawn(RunMessage):
        """The curves look different from before."""

        def __init__(self, source: OverlayFollower, drawing: Drawing, asked: bool) -> None:
            """Carry the newest drawing; `asked`: for another canvas than the one before."""
            super().__init__(source)
            self.drawing, self.asked = drawing, asked

    class Reading(RunMessage):
        """It takes a while."""

        def __init__(self, source: OverlayFollower, done: int, runs: int) -> None:
            """Carry how many of the runs are read."""
            super().__init__(source)
            self.done, self.runs = done, runs

    def __init__(self, post: Callable[[Message], object], pace: Pace) -> None:
        """Wait for runs to be shown; `post` takes messages from this thread, at the terminal's pace."""
        super().__init__(name="overlay", daemon=True)
        self.closed = False
        """Whether messages are no longer wanted."""
        self._post, self._pace = post, pace
        self._wanted = _Wanted()
        self._wake = Event()
        self._cache = SummaryCache()
        self._held = HeldRuns()
        self._told: tuple[Listed, ...] | None = None
        self._read: dict[Path, _Read] = {}
        self._broken: tuple[Path, ...] = ()  # runs that can't be drawn together
        self._drawer = CurveDrawer(overlay_plots.draw, overlay_plots.with_cursor)

    def follow(self, runs: Iterable[RunFolder]) -> None:
        """Read these runs from now on; none: they aren't shown."""
        self._want(self._wanted._replace(paths=tuple(run.path for run in runs)))

    def draw_on(self, canvas: OverlayCanvas | None) -> None:
        """Draw their curves like this from now on; None: they are hidden."""
        self._want(self._wanted._replace(canvas=canvas))

    def close(self) -> None:
        """End."""
        self.closed = True
        self._wake.set()

    def _want(self, wanted: _Wanted) -> None:
        """Show something else; begin with the first runs that are."""
        if wanted == self._wanted or self.closed:
            return
        self._wanted = wanted
        self._wake.set()
        if wanted.paths and not self.ident:
            self.start()

    def run(self) -> None:
        """Follow until closed."""
        while not self.closed:
            self._wake.clear()
            wanted, live = self._wanted, False
            if wanted.paths:
                for change in self._held.hold(wanted.paths):
                    self._post(self.Moved(self, change))
                live = self._summarise(wanted.paths)
                try:
                    self._draw(wanted, live)
                except Exception as error:
                    self._read.clear()
                    self._broken = wanted.paths  # read again, they would fail again
                    self._post(self.Broken(self, reason(error)))
            seconds = follower.INTERVAL * self._pace.patience if live else follower.IDLE_INTERVAL
            self._wake.wait(seconds if wanted.paths else None)

    def _summarise(self, paths: tuple[Path, ...]) -> bool:
        """Tell what has changed in the runs at a glance; return whether any of them is live."""
        runs = tuple(self._cache.read(map(RunFolder, paths)))
        if runs != self._told:
            self._told = runs
            self._post(self.Summarised(self, runs))
        return any(isinstance(run, Summary) and run.state in LIVE for run in runs)

    def _draw(self, wanted: _Wanted, live: bool) -> None:
        """Draw the curves when they have changed, once all of them are read."""
        canvas = wanted.canvas
        if wanted.paths == self._broken:
            return
        self._broken = ()
        if canvas is None or tuple(path for path, _ in canvas.colours) != wanted.paths:
            self._drawer.canvas = None
            return
        runs = self._catch_up(wanted.paths, _series(canvas))
        if runs is not None:
            self._drawer.canvas = canvas
            drawn = self._drawer.draw_if_due(Overlaid(runs), live, self._pace.patience)
            if drawn is not None and not self.closed:
                self._post(self.Drawn(self, *drawn))

    def _catch_up(self, paths: tuple[Path, ...], series: frozenset[str]) -> tuple[OverlaidRun, ...] | None:
        """Read what is new of the runs; None where something else is wanted meanwhile."""
        self._read = {
            path: read for path, read in self._read.items() if path in paths and read.series == series
        }
        new = len(self._read) < len(set(paths))
        for done, path in enumerate(paths):
            if path not in self._read:
                reader = EventReader(path / "events.jsonl", decoder_of(sorted(series - {"seconds"})))
                self._read[path] = _Read(reader, history_of(series), series)
            if new and len(paths) > 1:
                self._post(self.Reading(self, done, len(paths)))
            if not self._catch_up_with(path, paths, series):
                return None
        return tuple(OverlaidRun(path, self._read[path].history) for path in paths)

    def _catch_up_with(self, path: Path, paths: tuple[Path, ...], series: frozenset[str]) -> bool:
        """Read what is new of one run; false where something else is wanted meanwhile."""
        reader, history, _ = self._read[path]
        restarts = reader.restarts
        for events in reader.stream():
            if reader.restarts != restarts:
                restarts, history = reader.restarts, history_of(series)
                self._read[path] = _Read(reader, history, series)
            history.extend(events)
            wanted = self._wanted
            if self.closed or wanted.paths != paths or (wanted.canvas and _series(wanted.canvas) != series):
                return False
        return True


def _series(canvas: OverlayCanvas) -> frozenset[str]:
    """What of the steps is read: what the plots show, and when they were only where that is their axis."""
    look = canvas.canvas.look
    shown = {PANELS[name].series for name in look.lines}
    return (_TOGETHER if shown <= _TOGETHER else frozenset(shown)) | ({"seconds"} & {look.over})
