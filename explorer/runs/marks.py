"""What happened to a run, and at which step: the ticks below its curves."""

from __future__ import annotations

from typing import Literal, NamedTuple

from explorer.runs.events import AnyEvent, LearningRateChanged, Marked, Noted, State, StateChanged

MarkKind = Literal[
    "rate",
    "paused",
    "continued",
    "resumed",
    "stopped",
    "failed",
    "diverged",
    "exploded",
    "chance",
    "recovered",
    "note",
]


class Mark(NamedTuple):
    """One thing that happened."""

    step: int
    """Steps trained by then; where a batch diverged, that one's."""
    kind: MarkKind
    text: str
    """One line for a person."""


def mark_of(event: AnyEvent, before: State | None, step: int) -> Mark | None:
    """What an event is to a person who looks at the curves; None for one that says nothing there.

    Args:
        event: any.
        before: the run's state until then.
        step: steps trained by then.
    """
    match event:
        case LearningRateChanged():
            return Mark(event.step, "rate", f"learning rate ×{event.factor:.3g}")
        case Marked():
            return Mark(event.step, event.mark, event.message)
        case Noted():
            return Mark(event.step, "note", event.text)
        case StateChanged():
            return _of_state(event, before, step)
    return None


def _of_state(event: StateChanged, before: State | None, step: int) -> Mark | None:
    """What a change of the state is; None where it stays, and for a training that begins or is over."""
    match before, event.state:
        case (None, _) | ("paused", "paused") | ("preparing", "preparing"):
            return None
        case _, "preparing":
            return Mark(step, "resumed", "resumed")
        case "paused", "training":
            return Mark(step, "continued", "continued")
        case _, "diverged" if event.refused:
            return Mark(event.refused.step, "diverged", event.reason)
        case _, ("paused" | "stopped" | "failed" | "diverged") as kind:
            return Mark(step, kind, f"{kind}: {event.reason}" if event.reason else kind)
    return None
