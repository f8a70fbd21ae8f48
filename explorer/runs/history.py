"""A run's state and curves, derived from its events in one place.

`History.add` takes events in the order of the file and keeps sums, series and the newest facts; it knows
nothing of a screen, and nothing of where the events come from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import sub
from pathlib import Path
from typing import cast

from explorer.runs.events import (
    AnyEvent,
    CheckpointSaved,
    Evaluated,
    LearningRateChanged,
    Marked,
    MomentKept,
    MomentsDropped,
    RunStarted,
    State,
    StateChanged,
    StepTrained,
    Warned,
)
from explorer.runs.reader import read_events
from explorer.runs.series import Series

SPEED_SPAN = 50
"""Steps over which the speed is averaged."""


def ends_epoch(evaluated: Evaluated, steps_per_epoch: int) -> bool:
    """Whether an evaluation is the one of the whole test set at an epoch's end.

    A test set of no more samples than are read within an epoch is read whole there as well.
    """
    return evaluated.whole and 0 < evaluated.step == evaluated.epoch * steps_per_epoch


@dataclass
class History:
    """Everything that a run's events alone say about it."""

    started: RunStarted | None = None
    """The newest start; a resumed run has several."""
    state: State | None = None
    """The state that the engine reported last; None before the first."""
    reason: str = ""
    """Why it is in that state."""
    weights_step: int | None = None
    """Where the weights stand, if it was stopped while it recomputed steps on record."""
    step: StepTrained | None = None
    """The newest step."""
    evaluated: Evaluated | None = None
    """The newest evaluation, of the whole test set or of a part, at a pause or a stop included."""
    evaluated_whole: Evaluated | None = None
    """The newest evaluation of the whole test set."""
    mark: Marked | None = None
    """What looks wrong; None once it is right again."""
    warned: Warned | None = None
    """What is wrong with what is on disk; None after the next checkpoint, unless that has learnt nothing."""
    checkpoint: CheckpointSaved | None = None
    """The newest checkpoint."""
    moments: set[int] = field(default_factory=set)
    """The steps whose weights were kept, and neither dropped nor trained again since."""
    factor: float = 1.0
    """The learning rate's schedule is multiplied by this."""
    train_loss: Series = field(default_factory=Series)
    train_accuracy: Series = field(default_factory=Series)
    test_loss: Series = field(default_factory=Series)
    test_accuracy: Series = field(default_factory=Series)
    events: int = 0
    """Events so far: a viewer that remembers this number can tell whether anything is new."""
    seconds: float = 0.0
    """How long engines have worked on it, without the time that the machine slept."""
    last_time: float = 0.0
    """When the newest event happened, in seconds since 1970."""
    _last_clock: float | None = None
    _speeds: deque[float] = field(default_factory=lambda: deque(maxlen=SPEED_SPAN))
    _inverse_speeds: float = 0.0

    def extend(self, events: Iterable[AnyEvent]) -> None:
        """Add events, in the order of the file; consecutive steps at once, in a quarter of the time."""
        for kind, group in groupby(events, type):
            if kind is StepTrained:
                self._add_steps(cast(list[StepTrained], list(group)))
            else:
                for event in group:
                    self._add_other(event)

    def add(self, event: AnyEvent) -> None:
        """Add one event."""
        self.extend((event,))

    def _add_other(self, event: AnyEvent) -> None:
        """Add one event that isn't a step."""
        resumed = isinstance(event, StateChanged) and event.state == "preparing" != self.state
        self._pass_time([event], idle=resumed)
        match event:
            case Evaluated():
                self._add_evaluation(event)
                if event.whole:
                    self.test_loss.add(event.step, event.loss)
                    self.test_accuracy.add(event.step, event.accuracy)
            case StateChanged():
                self.state, self.reason, self.weights_step = event.state, event.reason, event.step
                if event.evaluated is not None:
                    self._add_evaluation(event.evaluated)
            case RunStarted():
                self.started = event
                self.moments = {step for step in self.moments if step <= event.step}
            case Marked():
                self.mark = None if event.mark == "recovered" else event
            case LearningRateChanged():
                self.factor = event.factor
            case Warned():
                self.warned = event
            case MomentKept():
                self.moments.add(event.step)
            case MomentsDropped():
                self.moments.difference_update(event.steps)
            case CheckpointSaved():
                self.checkpoint = event
                if event.step:  # the one before the first step is written at every start from there
                    self.warned = None

    def _add_evaluation(self, evaluated: Evaluated) -> None:
        """Take in an evaluation, unless a newer one is known."""
        if self.evaluated is None or evaluated.step >= self.evaluated.step:
            self.evaluated = evaluated
        if evaluated.whole and (self.evaluated_whole is None or evaluated.step >= self.evaluated_whole.step):
            self.evaluated_whole = evaluated

    def _add_steps(self, events: list[StepTrained]) -> None:
        """Add consecutive steps, each once; all together unless one is late."""
        self._pass_time(events)
        steps = [event.step for event in events]
        if self.train_loss.extend(steps, [event.loss for event in events]):
            self.train_accuracy.extend(steps, [event.accuracy for event in events])
            self.step = events[-1]
            self._add_speeds(events)
            return
        for event in events:
            if self.train_loss.add(event.step, event.loss):
                self.train_accuracy.add(event.step, event.accuracy)
                if self.step is None or event.step > self.step.step:
                    self.step = event
                self._add_speeds([event])

    def _add_speeds(self, events: list[StepTrained]) -> None:
        """Add the speeds of some steps."""
        speeds = [event.samples_per_second for event in events]
        self._speeds.extend(speeds)
        self._inverse_speeds += sum([1 / speed if speed > 1e-9 else 1e9 for speed in speeds])

    def _pass_time(self, events: Sequence[AnyEvent], idle: bool = False) -> None:
        """Count events, and the time that engines worked up to each; none before the first, if `idle`.

        It is measured by the engines' own clocks where they are on record, else by the time of day.
        """
        first = idle or not self.events
        clocks = [event.clock for event in events if event.clock is not None]
        if len(events) > 1 and (len(clocks) not in (0, len(events)) or (clocks and self._last_clock is None)):
            for index, event in enumerate(events):  # some are on record, from here on or up to here
                self._pass_time([event], idle and index == 0)
            return
        before: float | None
        if clocks and (first or self._last_clock is not None):
            times, before = clocks, self._last_clock
        else:
            times, before = [event.time for event in events], self.last_time
        if first or before is None:
            before = times[0]
        if before <= times[0] and times == sorted(times):
            self.seconds += times[-1] - before
        else:
            self.seconds += sum(max(0.0, gap) for gap in map(sub, times, [before, *times]))
        self.events += len(events)
        self.last_time, self._last_clock = events[-1].time, events[-1].clock

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch; 0 until it is known."""
        return self.started.steps_per_epoch if self.started else 0

    @property
    def total_steps(self) -> int:
        """Steps of the whole run; 0 until it is known."""
        return self.started.steps_per_epoch * self.started.epochs if self.started else 0

    @property
    def steps_done(self) -> int:
        """Steps trained so far; a checkpoint from which a run was resumed may know more than its events."""
        recorded, resumed = self.step.step if self.step else 0, self.started.step if self.started else 0
        return max(recorded, resumed)

    @property
    def samples_per_second(self) -> float:
        """The speed over the last steps: the harmonic mean, since all steps have the same size."""
        if not self._speeds:
            return 0.0
        return len(self._speeds) / sum(1 / max(speed, 1e-9) for speed in self._speeds)

    @property
    def mean_samples_per_second(self) -> float:
        """The speed over the whole run, without the evaluations in between."""
        return len(self.train_loss) / self._inverse_speeds if self._inverse_speeds else 0.0

    def seconds_left(self, batch_size: int) -> float | None:
        """How long the rest of the training will take at this speed; None if it isn't known."""
        speed = self.samples_per_second
        if not speed or not self.total_steps:
            return None
        return (self.total_steps - self.steps_done) * batch_size / speed


def read_history(path: Path) -> History:
    """The history of a run, from its `events.jsonl`."""
    history = History()
    history.extend(read_events(path))
    return history
