"""Events on their way to the run's folder."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from explorer.engine.record.recorded import Recorded
from explorer.runs.events import (
    Evaluated,
    Event,
    LearningRateChanged,
    RunStarted,
    State,
    StateChanged,
    StepTrained,
    Warned,
)
from explorer.runs.gaps import describe, find_gaps
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.history import read_history
from explorer.runs.known_folders import remember
from explorer.runs.lock import EngineLock
from explorer.runs.writer import SETTLED_SECONDS, Change, EventWriter
from explorer.system.errors import GatescopeError
from explorer.system.text import one_line

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when a disk is full, or a person's share of it."""
CHECK_SECONDS: Final = 1.0
"""Seconds between two checks that the run's folder and its events are still those that this engine holds."""

_Result = TypeVar("_Result")

Sink = Callable[[Event], None]
"""Called with every event, besides the run's folder: a progress bar, for instance."""


class Recorder:
    """Writes every event once: skips what is already on record, and loses nothing on a full disk.

    While the disk is full, events are kept in memory and the reason is written to the lock, whose space is
    reserved.
    """

    def __init__(self, writer: EventWriter, lock: EngineLock, sink: Sink, held: HeldFolder) -> None:
        """Record for the engine that holds this lock and this folder."""
        self._writer = writer
        self._held = held
        self._check_at = 0.0
        self._step = 0
        self._started: RunStarted | None = None
        self._factor: LearningRateChanged | None = None
        self._state: StateChanged | None = None
        self._ousted = False
        self._lock = lock
        self._sink: Sink | None = sink
        self._differs = False
        self.recorded = Recorded()
        """What is already on record about the steps still to come."""
        self.trouble = ""
        """Why events can't be written, in one line; empty while they can."""
        self.unsaved = ""
        """Why the newest weights couldn't be saved, in the system's words; empty if they were."""
        self.make_room: Callable[[], bool] = lambda: False
        """Called when the disk is full: removes something of the run that can be spared; whether it did."""
        self._refusal = ""

    def __call__(self, event: Event) -> None:
        """Record an event, unless it is already on record."""
        self._remember(event)
        if self.recorded.holds(event):
            self._compare(event)
            return
        # To a millisecond: 18 bytes more on a step's line of 232, and all digits would be 24.
        event = msgspec.structs.replace(event, clock=round(time.monotonic(), 3))
        self._write(event)
        self._show(event)

    def _remember(self, event: Event) -> None:
        """Keep what has to be written again if the file loses it."""
        match event:
            case StepTrained():
                self._step = event.step
            case RunStarted():
                self._step, self._started = event.step, event
            case LearningRateChanged():
                self._factor = event
            case StateChanged():
                self._state = event

    def _write(self, event: Event) -> None:
        """Write an event, unless another engine has the run by now."""
        if not self._ousted:
            self._try(lambda: self._writer.write(event), again=self._writer.sync)

    def enter(
        self,
        state: State,
        reason: str = "",
        evaluated: Evaluated | None = None,
        step: int | None = None,
        refused: StepTrained | UnsetType = UNSET,
    ) -> State:
        """Record that the run entered another state, or what an evaluation found in this one.

        Where the weights stand is `step`, if it was stopped while it recomputed steps on record; `refused` is
        the batch that diverged.
        """
        said, now = one_line(reason), time.time()
        self(
            StateChanged(time=now, state=state, reason=said, evaluated=evaluated, step=step, refused=refused)
        )
        return state

    def flush(self) -> None:
        """Write the events kept in memory, if there is room by now; `check` as well.

        Raises:
            FolderGone: as `check`.
        """
        self.check()
        self._try(self._writer.flush)

    def check(self, now: bool = False) -> None:
        """Once a second, or now: follow the run's folder, and the events and the lock that are in it.

        Raises:
            FolderGone: the folder was deleted. From then on, what is recorded goes into the files that this
                engine holds open, and nothing that is found at the folder's path may be touched. Or its lock
                was, and another engine has the run by now: nothing is recorded any more.
        """
        if not now and time.monotonic() < self._check_at:
            return
        self._check_at = time.monotonic() + CHECK_SECONDS
        if self._held.follow():
            remember(self._held.folder.path.parent)
        self._follow_lock()
        self._follow_events(SETTLED_SECONDS)

    def _follow_lock(self) -> None:
        """Hold the lock that is in the folder by now."""
        try:
            with suppress(OSError):  # perhaps at the next check
                self._lock.follow(self._held.folder.lock, SETTLED_SECONDS, self._held.handle)
        except GatescopeError as error:
            self._ousted, self._held.gone = True, f"engine.lock was deleted, and {error}"
            raise FolderGone(self._held.gone) from None

    def settle(self) -> None:
        """At the end: `check` at once, and take any `events.jsonl` for what it is.

        Raises:
            FolderGone: as `check`.
        """
        self._held.follow()
        self._follow_events(patience=0)

    def close(self) -> None:
        """Leave every event in the run's folder, if that is still there, and close the file."""
        with suppress(FolderGone):
            self.settle()
        self._writer.close()

    def _follow_events(self, patience: float) -> None:
        """Go on in the `events.jsonl` that is in the folder by now."""
        change: Change = ""
        events = self._held.folder.events

        def follow() -> None:
            nonlocal change
            change = self._writer.follow(events, patience, self._held.handle) or change
            self._writer.flush()

        self._try(follow)
        if change:
            missing = self._write_again()
            if self.trouble:
                missing = "it can't be completed now"
            elif not missing and change == "replaced":
                missing = "what was missing has been written again"
            said = f"events.jsonl was {change} while it was written"
            self.warn(self._step, f"{said}; {missing}" if missing else said)

    def _write_again(self) -> str:
        """Write again what a viewer can't do without, where the file has lost it: totals, rate and state.

        Returns:
            Which steps it has lost, in a few words; empty if none.
        """
        history = read_history(self._held.folder.events)
        lost: list[Event] = []
        if self._started is not None and (history.started is None or history.steps_done < self._step):
            lost.append(msgspec.structs.replace(self._started, step=self._step))
        if self._factor is not None and history.factor != self._factor.factor:
            lost.append(self._factor)
        if self._state is not None and history.state != self._state.state:
            lost.append(self._state)
        for event in lost:
            now = {"time": time.time(), "clock": round(time.monotonic(), 3)}
            self._write(msgspec.structs.replace(event, **now))
        gaps = find_gaps(history.train.steps, max(self._step, self.recorded.newest))
        return f"{describe(gaps)} no longer in it" if gaps else ""

    @property
    def refusal(self) -> str:
        """Why something can't be written, events or weights, in the system's words; empty while all can."""
        return self._refusal or self.unsaved

    def sync(self) -> None:
        """Force everything so far to the disk: a checkpoint must never be ahead of the events.

        Raises:
            OSError: the disk is full.
        """
        self._writer.sync()

    def warn(self, step: int, message: str) -> None:
        """Record that something is wrong with what is on disk."""
        self(Warned(time=time.time(), step=step, message=one_line(message)))

    def _compare(self, event: Event) -> None:
        """Warn, once, if a step was recomputed with a different result."""
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
        """Pass an event on to the sink."""
        if self._sink is not None:
            try:
                self._sink(event)
            except OSError:  # the sink's terminal is gone; the training goes on
                self._sink = None

    def insist(self, write: Callable[[], _Result], again: Callable[[], _Result] | None = None) -> _Result:
        """Write into the run's folder; where the disk is full, remove what can be spared, and try again.

        Args:
            write: the first try.
            again: every further one; None: as the first.

        Raises:
            OSError: it is refused for another reason, or nothing can be spared any more.
        """
        while True:
            try:
                return write()
            except OSError as error:
                if error.errno not in FULL or not self._spare():
                    raise
                write = again or write

    def _spare(self) -> bool:
        """Have something removed from the run's folder, if that is still there; whether anything was."""
        try:
            self._held.follow()
        except FolderGone:
            return False
        return self.make_room()

    def _try(self, write: Callable[[], None], again: Callable[[], None] | None = None) -> None:
        """Write, as `insist` does; report when that begins to fail, and when it works again."""
        trouble = self._refusal = ""
        try:
            self.insist(write, again)
        except OSError as error:
            self._refusal = error.strerror or str(error)
            trouble = f"can't write events: {self._refusal}; the training waits until it can"
        if trouble != self.trouble:
            self.trouble = trouble
            with suppress(OSError):
                self._lock.say(trouble=trouble)
            if trouble:  # the file itself has no room for this event
                self._show(Warned(time=time.time(), step=0, message=trouble))
