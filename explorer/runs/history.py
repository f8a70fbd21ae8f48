"""A run's state and curves, derived from its events in one place.

`History.add` takes events in the order of the file and keeps sums, series and the newest facts; it knows
nothing of a screen, and nothing of where the events come from.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from operator import attrgetter, sub
from pathlib import Path
from typing import Any, Final, cast

from msgspec.structs import replace

from explorer.runs.events import (
    READ,
    AnyEvent,
    AnyStep,
    CheckpointSaved,
    Evaluated,
    LearningRateChanged,
    Marked,
    MomentKept,
    MomentsDropped,
    Noted,
    Rewound,
    RunStarted,
    State,
    StateChanged,
    StepTrained,
    Warned,
    measured,
)
from explorer.runs.folder import KEPT
from explorer.runs.marks import Mark, mark_of
from explorer.runs.reader import read_events
from explorer.runs.series import Columns

SPEED_SPAN = 50
"""Steps over which the speed is averaged."""
TESTED: Final = ("loss", "accuracy")
"""What each evaluation says: fields of `Evaluated`, and series of `History.test`."""
_GETTERS: Final = {name: attrgetter(name) for name in READ}
_STEP: Final = attrgetter("step")
_CLOCK: Final = attrgetter("clock")
LASTING: Final = ("note", "diverged")
"""What is told of the time after a step to which the run went back."""
_KINDS: Final = dict.fromkeys((*READ, "seconds"), "f")
"""How each is kept: seven digits, which is more than a screen shows; most are a float32 to begin with."""


def _train() -> Columns:
    """The series of the steps, without any: 24 bytes a step."""
    return Columns(_KINDS)


def history_of(names: Collection[str]) -> History:
    """A history without events yet that keeps only these of `READ` and `seconds`, in 4 bytes a step each."""
    return History(train=Columns({name: kind for name, kind in _KINDS.items() if name in names}))


def _test() -> Columns:
    """The series of the evaluations, without any."""
    return Columns(dict.fromkeys(TESTED, "d"))


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
    marks: list[Mark] = field(default_factory=list)
    """What happened so far, in the order in which it did."""
    refused: StepTrained | None = None
    """What was read of the batch that diverged, while that is how the run ended."""
    warned: Warned | None = None
    """What is wrong with what is on disk; None after the next checkpoint, unless that has learnt nothing."""
    checkpoint: CheckpointSaved | None = None
    """The newest checkpoint."""
    saved: list[int] = field(default_factory=list)
    """The steps of the newest checkpoints, as many as are kept."""
    moments: set[int] = field(default_factory=set)
    """The steps whose weights were kept, and neither dropped nor trained again since."""
    factor: float = 1.0
    """The learning rate's schedule is multiplied by this."""
    factors: dict[int, float] = field(default_factory=dict)
    """What it was multiplied by from a step on, where that was changed."""
    train: Columns = field(default_factory=_train)
    """What each step read, and `seconds`: how long the run had been training by then."""
    test: Columns = field(default_factory=_test)
    """Every evaluation of the whole test set."""
    updates: dict[str, Columns] = field(default_factory=dict)
    """Of each of the cell's matrices, by its letter, the series `update`: see `StepTrained.updates`."""
    events: int = 0
    """Events so far: a viewer that remembers this number can tell whether anything is new."""
    seconds: float = 0.0
    """How long engines have worked on it, without the time that the machine slept."""
    trained: float = 0.0
    """How many of these seconds it was training: without pauses, loading and recomputing."""
    last_time: float = 0.0
    """When the newest event happened, in seconds since 1970."""
    _last_clock: float | None = None

    def extend(self, events: Iterable[AnyEvent]) -> None:
        """Add events, in the order of the file; consecutive steps at once, in a quarter of the time."""
        events = [*events]
        kinds = {*map(type, events)}
        for kind, group in zip(kinds, [events], strict=True) if len(kinds) == 1 else groupby(events, type):
            if issubclass(kind, AnyStep):
                self._add_steps(cast(list[StepTrained], [*group]))
            else:
                for event in group:
                    self._add_other(event)

    def add(self, event: AnyEvent) -> None:
        """Add one event."""
        self.extend((event,))

    def _add_other(self, event: AnyEvent) -> None:
        """Add one event that isn't a step."""
        resumed = isinstance(event, StateChanged) and event.state == "preparing" != self.state
        afterwards = isinstance(event, Noted) and event.clock is None
        self._pass_time([event], idle=resumed or afterwards)
        if mark := mark_of(event, self.state, self.steps_done):
            self.marks.append(mark)
        match event:
            case Evaluated():
                self._add_evaluation(event)
                if event.whole:
                    self.test.add(event.step, [measured(event, name) for name in TESTED])
            case StateChanged():
                self._change_state(event)
            case RunStarted():
                self.started = event
                self.moments = {step for step in self.moments if step <= event.step}
            case Marked():
                self.mark = None if event.mark == "recovered" else event
            case LearningRateChanged():
                self.factor = self.factors[event.step] = event.factor
            case Rewound():
                self._rewind(event.step)
            case _:
                self._add_saved(event)

    def _add_saved(self, event: AnyEvent) -> None:
        """Add one event about what is on disk."""
        match event:
            case Warned():
                self.warned = event
            case MomentKept():
                self.moments.add(event.step)
            case MomentsDropped():
                self.moments.difference_update(event.steps)
            case CheckpointSaved():
                self.checkpoint = event
                self.saved = [*self.saved, event.step][-KEPT:]
                if event.step:  # the one before the first step is written at every start from there
                    self.warned = None

    def _rewind(self, step: int) -> None:
        """Forget what came after a step, but for why that was, and what a person wrote."""
        for columns in (self.train, self.test, *self.updates.values()):
            columns.cut(step)
        self.step = self._last_step()
        if "seconds" in self.train:
            self.trained = self.train["seconds"][len(self.train.steps) - 1] if self.train.steps else 0.0
        if self.started is not None:
            self.started = replace(self.started, step=min(self.started.step, step))
        if self.evaluated is not None and self.evaluated.step > step:
            self.evaluated = None
        if self.evaluated_whole is not None and self.evaluated_whole.step > step:
            self.evaluated_whole = None
        self.marks = [mark for mark in self.marks if mark.step <= step or mark.kind in LASTING]
        self.marks.append(Mark(step, "resumed", "resumed from here"))
        self.mark = self.warned = self.refused = self.weights_step = self.checkpoint = None
        self.saved = [saved for saved in self.saved if saved <= step]
        self.moments = {moment for moment in self.moments if moment <= step}
        self.factors = {changed: factor for changed, factor in self.factors.items() if changed <= step}

    def _last_step(self) -> StepTrained | None:
        """The newest step, as far as the series know it."""
        if not self.train.steps:
            return None
        newest, at = int(self.train.steps[-1]), len(self.train.steps) - 1
        epoch = -(-newest // max(self.steps_per_epoch, 1))
        read: dict[str, Any] = {name: self.train[name][at] if name in self.train else None for name in READ}
        return StepTrained(time=self.last_time, step=newest, epoch=epoch, **read)

    def _change_state(self, event: StateChanged) -> None:
        """Enter another state, or stay in it with an evaluation."""
        self.state, self.reason, self.weights_step = event.state, event.reason, event.step
        self.refused = event.refused or None
        if event.evaluated is not None:
            self._add_evaluation(event.evaluated)

    def _add_evaluation(self, evaluated: Evaluated) -> None:
        """Take in an evaluation, unless a newer one is known."""
        if self.evaluated is None or evaluated.step >= self.evaluated.step:
            self.evaluated = evaluated
        if evaluated.whole and (self.evaluated_whole is None or evaluated.step >= self.evaluated_whole.step):
            self.evaluated_whole = evaluated

    def _add_steps(self, events: list[StepTrained]) -> None:
        """Add consecutive steps, each once; all together unless one is late."""
        timed = "seconds" in self.train
        seconds = self._pass_time(events if timed else events[-1:])
        self.events += len(events) - len(seconds)
        steps = [*map(_STEP, events)]
        if self.train.follows(steps):
            passed = [array(self.train["seconds"].values.typecode, seconds)] if timed else []
            self.train.extend(steps, [*_columns(events, self.train), *passed])
            self.step = events[-1]
            self._add_updates(events)
            return
        for at, event in enumerate(events):
            values = [measured(event, name) for name in _kept(self.train)]
            values += [self._placed(event.step, seconds[at])] if timed else []
            if self.train.add(event.step, values):
                if self.step is None or event.step > self.step.step:
                    self.step = event
                self._add_updates([event])

    def _placed(self, step: int, second: float) -> float:
        """When a step was trained, by its neighbour if it is recorded late: the seconds ascend."""
        later = bisect_left(self.train.steps, step)
        return self.train["seconds"][later] if later < len(self.train.steps) else second

    def _add_updates(self, events: list[StepTrained]) -> None:
        """Add what some steps say of the cell's matrices, if that was read."""
        for event in events if type(events[0]) is StepTrained else ():
            if event.updates:
                for name, update in event.updates.items():
                    column = self.updates.setdefault(name, Columns({"update": "d"}))
                    column.add(event.step, [math.nan if update is None else update])

    def _pass_time(self, events: Sequence[AnyEvent], idle: bool = False) -> list[float]:
        """Count events, and the time that engines worked up to each; none before the first, if `idle`.

        It is measured by the engines' own clocks where they are on record, else by the time of day.

        Returns:
            How many seconds the run had been training at each.
        """
        first = idle or not self.events
        clocks = [*map(_CLOCK, events)]
        if None in clocks:
            clocks = [clock for clock in clocks if clock is not None]
        if len(events) > 1 and (len(clocks) not in (0, len(events)) or (clocks and self._last_clock is None)):
            # some are on record, from here on or up to here
            parts = [self._pass_time([event], idle and at == 0) for at, event in enumerate(events)]
            return [second for part in parts for second in part]
        before: float | None
        if clocks and (first or self._last_clock is not None):
            times, before = clocks, self._last_clock
        else:
            times, before = [event.time for event in events], self.last_time
        if first or before is None:
            before = times[0]
        if not (before <= times[0] and times == sorted(times)):  # a clock was set back
            times = list(accumulate(max(0.0, gap) for gap in map(sub, times, [before, *times])))
            before = 0.0
        self.seconds += times[-1] - before
        seconds = [self.trained] * len(times)
        if self.state in (None, "training"):  # of a long run's last lines, the state is not known
            seconds = [self.trained + (time - before) for time in times]
        self.trained = seconds[-1]
        self.events += len(events)
        self.last_time, self._last_clock = events[-1].time, events[-1].clock
        return seconds

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
        """The speed over the last steps."""
        return _mean_speed(self.train["samples_per_second"].values[-SPEED_SPAN:])

    @property
    def mean_samples_per_second(self) -> float:
        """The speed over the whole run, without the evaluations in between."""
        return _mean_speed(self.train["samples_per_second"].values)

    def seconds_at(self, steps: Sequence[float]) -> list[float]:
        """How long it had been training at each of some steps; 0 before the first that is on record."""
        places = [bisect_right(self.train.steps, step) for step in steps]
        return [self.train["seconds"].values[place - 1] if place else 0.0 for place in places]

    def seconds_left(self, batch_size: int) -> float | None:
        """How long the rest of the training will take at this speed; None if it isn't known."""
        speed = self.samples_per_second
        if not speed or not self.total_steps:
            return None
        return (self.total_steps - self.steps_done) * batch_size / speed


def _kept(train: Columns) -> list[str]:
    """What is kept of what the steps read, in the order of the series: after them come the seconds."""
    return [name for name in train if name != "seconds"]


def _columns(events: list[StepTrained], kinds: Columns) -> Iterator[array[float]]:
    """What some steps read, as the series keep it, in their order."""
    for name in _kept(kinds):
        column, kind = [*map(_GETTERS[name], events)], kinds[name].values.typecode
        try:
            yield array(kind, column)
        except TypeError:  # a null
            yield array(kind, [measured(event, name) for event in events])


def _mean_speed(speeds: Sequence[float]) -> float:
    """The harmonic mean of some steps' speeds, since all steps have the same size; 0 without any."""
    known = [1 / max(speed, 1e-9) for speed in speeds if math.isfinite(speed)]
    return len(known) / sum(known) if known else 0.0


def read_history(path: Path, exact: bool = False) -> History:
    """The history of a run, from its `events.jsonl`.

    Args:
        path: the file.
        exact: whether every series keeps all digits, in 48 bytes a step.
    """
    history = History(train=Columns(dict.fromkeys(_KINDS, "d"))) if exact else History()
    history.extend(read_events(path))
    return history
