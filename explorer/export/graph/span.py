"""How much of a graph to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from explorer.system.errors import UsageError


@dataclass(frozen=True)
class Span:
    """One cell step, the model over the first timesteps, or the model over all timesteps."""

    kind: Literal["step", "unroll", "whole"]
    """One step of the layer alone, or the whole model with its head over some or all timesteps."""
    timesteps: int
    """1 for a step, 1 to T - 1 for an unroll, T for the whole."""

    @property
    def name(self) -> str:
        """For a file's name: `step`, `unroll-4`, `whole`."""
        return f"unroll-{self.timesteps}" if self.kind == "unroll" else self.kind

    @property
    def title(self) -> str:
        """For the caption: `the first 4 timesteps`."""
        if self.kind == "step":
            return "one timestep of the cell"
        first = "the first timestep" if self.timesteps == 1 else f"the first {self.timesteps} timesteps"
        return f"all {self.timesteps} timesteps" if self.kind == "whole" else first


STEP: Final = Span("step", 1)
"""One timestep of the layer, from a state that is shown by name."""


def whole(timesteps: int) -> Span:
    """The model's whole forward pass over T timesteps."""
    return Span("whole", timesteps)


def unroll(first: int, timesteps: int) -> Span:
    """The model over the first of T timesteps.

    Raises:
        UsageError: not 1 to T - 1 of them.
    """
    if not 1 <= first < timesteps:
        can = (
            f"1 to {timesteps - 1} timesteps can be unrolled" if timesteps > 1 else "nothing can be unrolled"
        )
        raise UsageError(f"{can}, not {first}; whole draws all {timesteps}")
    return Span("unroll", first)


def parse_span(text: str, timesteps: int) -> Span:
    """Read a span of T timesteps as a person types it: `step`, `whole`, or a number of steps.

    Raises:
        UsageError: it is none of these, or the number is not 1 to T - 1.
    """
    if text in ("step", "whole"):
        return STEP if text == "step" else whole(timesteps)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"a span is step, whole, or 1 to {timesteps - 1} timesteps to unroll, not {text!r}")
    return unroll(int(text), timesteps)
