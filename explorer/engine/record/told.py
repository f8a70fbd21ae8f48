"""What a run's events say already, for an engine that takes it up again.

It goes on from a checkpoint, and the events are newer than that. The steps in between are computed anew,
with the same result: so they aren't told a second time, and what somebody turned the learning rate to on
the way is turned again at the same step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from explorer.runs.events import Evaluated, Event, LearningRateChanged, Marked, StepTrained
from explorer.runs.reader import read_events


@dataclass
class Recorded:
    """The events after a checkpoint; of a new run, none."""

    step: int = 0
    """The newest step that was told."""
    losses: dict[int, float | None] = field(default_factory=dict)
    """The loss of each step."""
    looks: set[int] = field(default_factory=set)
    """The steps after which test digits were looked at."""
    marks: set[tuple[int, str]] = field(default_factory=set)
    """The steps at which something looked wrong, or right again."""
    factors: dict[int, float] = field(default_factory=dict)
    """What the learning rate was turned to after a step."""

    @classmethod
    def read(cls, events: Path, after: int) -> Recorded:
        """Read a run's file; of what is before the step `after`, nothing is needed."""
        past = cls()
        for event in read_events(events):
            past._add(event, after)
        return past

    def tells(self, event: Event) -> bool:
        """Whether this very fact is told already."""
        match event:
            case StepTrained(step=step):
                return step in self.losses
            case Evaluated(step=step):
                return step in self.looks
            case Marked(step=step, mark=mark):
                return (step, mark) in self.marks
        return False

    def _add(self, event: Event, after: int) -> None:
        """Take in one event."""
        match event:
            case StepTrained(step=step, loss=loss):
                self.step = max(self.step, step)
                if step > after:
                    self.losses[step] = loss
            case Evaluated(step=step) if step >= after:
                self.looks.add(step)
            case Marked(step=step, mark=mark) if step >= after:
                self.marks.add((step, mark))
            case LearningRateChanged(step=step, factor=factor) if step >= after:
                self.factors[step] = factor
