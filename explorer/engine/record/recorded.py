"""What a run's events say about the time after a step: an engine that resumes it records nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from explorer.runs.events import (
    AnyEvent,
    Evaluated,
    Event,
    LearningRateChanged,
    Marked,
    Rewound,
    StateChanged,
    StepTrained,
)
from explorer.runs.history import History
from explorer.runs.reader import EventReader
from explorer.system.errors import GatescopeError
from explorer.system.patience import patiently, refusal


@dataclass
class Recorded:
    """What a run's events say about the time after a step."""

    after: int = 0
    """That step; nothing before it is kept."""
    newest: int = 0
    """The newest step on record, whatever `after` is."""
    losses: dict[int, float | None] = field(default_factory=dict)
    """The loss of each step."""
    evaluations: set[int] = field(default_factory=set)
    """The steps after which test samples were evaluated."""
    interruptions: set[int] = field(default_factory=set)
    """The steps after which they were evaluated because of a pause or a stop."""
    marks: set[tuple[int, str]] = field(default_factory=set)
    """The steps at which something looked wrong, or right again."""
    factors: dict[int, float] = field(default_factory=dict)
    """The learning-rate factor from a step on, where it was changed."""
    first_factor: float = 1.0
    """The one at the run's first step, whatever `after` is."""

    def add(self, event: AnyEvent) -> None:
        """Add one event."""
        match event:
            case StepTrained(step=step, loss=loss):
                self.newest = max(self.newest, step)
                if step > self.after:
                    self.losses[step] = loss
            case Evaluated(step=step) if step >= self.after:
                self.evaluations.add(step)
            case StateChanged(evaluated=Evaluated(step=step)) if step >= self.after:
                self.interruptions.add(step)
            case Marked(step=step, mark=mark) if step >= self.after:
                self.marks.add((step, mark))
            case LearningRateChanged(step=step, factor=factor):
                if step >= self.after:
                    self.factors[step] = factor
                if step == 0:
                    self.first_factor = factor
            case Rewound(step=step):
                self._rewind(step)

    def _rewind(self, step: int) -> None:
        """Forget what is on record after a step."""
        self.newest = min(self.newest, step)
        self.losses = {one: loss for one, loss in self.losses.items() if one <= step}
        self.factors = {one: factor for one, factor in self.factors.items() if one <= step}
        self.evaluations = {one for one in self.evaluations if one <= step}
        self.interruptions = {one for one in self.interruptions if one <= step}
        self.marks = {mark for mark in self.marks if mark[0] <= step}

    def holds(self, event: Event) -> bool:
        """Whether this event is already on record."""
        match event:
            case StepTrained(step=step):
                return step in self.losses
            case Evaluated(step=step):
                return step in self.evaluations
            case Marked(step=step, mark=mark):
                return (step, mark) in self.marks
        return False


def read_recorded(events: Path, after: int) -> Recorded:
    """What a run's `events.jsonl` says about the time after a step."""
    return read_events_after(events, after)[1]


def read_events_after(events: Path, after: int) -> tuple[History, Recorded]:
    """Read all events once, for the history and for what is recorded after a step.

    Raises:
        GatescopeError: they can't be read now: taken for none, steps would be recorded twice.
    """
    history, recorded = History(), Recorded(after)
    reader = EventReader(events)

    def read() -> list[AnyEvent]:
        chunk = reader.read()
        if not chunk and reader.refused is not None:
            raise reader.refused
        return chunk

    try:
        while chunk := patiently(read):
            history.extend(chunk)
            for event in chunk:
                recorded.add(event)
    except OSError as error:
        raise GatescopeError(refusal(str(events), error)) from None
    return history, recorded


def trimmed(recorded: Recorded, after: int) -> Recorded:
    """The same, from a later step on."""
    return Recorded(
        after=after,
        newest=recorded.newest,
        losses={step: loss for step, loss in recorded.losses.items() if step > after},
        evaluations={step for step in recorded.evaluations if step >= after},
        interruptions={step for step in recorded.interruptions if step >= after},
        marks={(step, mark) for step, mark in recorded.marks if step >= after},
        factors={step: factor for step, factor in recorded.factors.items() if step >= after},
        first_factor=recorded.first_factor,
    )
