"""What an engine tells, on its way to the run's folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from explorer.engine.record.resume import Recorded
from explorer.runs.events import Event, State, StateChanged, StepTrained, Warned
from explorer.runs.lock import EngineLock
from explorer.runs.text import one_line
from explorer.runs.writer import EventWriter

Sink = Callable[[Event], None]
"""Takes every event, beside the run's folder: a progress bar, for instance."""


class Recorder:
    """Writes every event once: not what the run's file says already, and nothing is lost on a full disk.

    While the disk takes nothing, events are kept in memory, and why they are is said in the lock, which
    has its room already.
    """

    def __init__(self, writer: EventWriter, lock: EngineLock, sink: Sink) -> None:
        """Record for the engine that holds this lock."""
        self._writer = writer
        self._lock = lock
        self._sink: Sink | None = sink
        self._differs = False
        self.recorded = Recorded()
        """What the run's file says already about the steps that are still to come."""
        self.trouble = ""
        """Why events can't be written, in one line; empty while they can."""

    def __call__(self, event: Event) -> None:
        """Record an event, unless it is told already."""
        if self.recorded.holds(event):
            self._compare(event)
            return
        self._try(lambda: self._writer.write(event))
        self._show(event)

    def enter(self, state: State, reason: str = "") -> State:
        """Tell that the run is in another state."""
        self(StateChanged(time=time.time(), state=state, reason=one_line(reason)))
        return state

    def flush(self) -> None:
        """Write what is kept, if there is room by now."""
        self._try(self._writer.flush)

    def sync(self) -> None:
        """Force everything so far to the disk: a checkpoint must never know more than the events.

        Raises:
            OSError: the disk is full.
        """
        self._writer.sync()

    def warn(self, step: int, message: str) -> None:
        """Tell that something is wrong with what is on disk."""
        self(Warned(time=time.time(), step=step, message=one_line(message)))

    def _compare(self, event: Event) -> None:
        """Say so, once, where a step that was computed anew came out differently."""
        if self._differs or not isinstance(event, StepTrained):
            return
        if self.recorded.losses[event.step] != event.loss:
            self._differs = True
            self.warn(
                event.step,
                f"step {event.step:,} was recomputed with a different result than recorded: another machine, "
                "or another number of threads? From here on the weights differ",
            )

    def _show(self, event: Event) -> None:
        """Pass an event on to who watches this process."""
        if self._sink is not None:
            try:
                self._sink(event)
            except OSError:  # the terminal that watched has gone; the training goes on
                self._sink = None

    def _try(self, write: Callable[[], None]) -> None:
        """Write; say so when that begins to fail, and when it works again."""
        trouble = ""
        try:
            write()
        except OSError as error:
            trouble = f"cannot write events: {error.strerror}; the training waits until there is room"
        if trouble != self.trouble:
            self.trouble = trouble
            with suppress(OSError):
                self._lock.say(trouble=trouble)
            if trouble:  # in the file there is no room to say so
                self._show(Warned(time=time.time(), step=0, message=trouble))
