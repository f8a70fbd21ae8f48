"""How much of a graph to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from explorer.runs.errors import UsageError

TIMESTEPS: Final = 28
"""Timesteps of a whole forward pass: `models.classifier.TIMESTEPS`, which can't be imported without torch."""


@dataclass(frozen=True)
class Span:
    """One cell step, the model over the first timesteps, or the model over all timesteps."""

    kind: Literal["step", "unroll", "whole"]
    """One step of the layer alone, or the whole model with its head over some or all timesteps."""
    timesteps: int
    """1 for a step, 1 to 27 for an unroll, 28 for the whole."""

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
        return f"all {TIMESTEPS} timesteps" if self.kind == "whole" else first


STEP: Final = Span("step", 1)
"""One timestep of the layer, from a state that is shown by name."""
WHOLE: Final = Span("whole", TIMESTEPS)
"""The model's whole forward pass."""


def unroll(timesteps: int) -> Span:
    """The model over the first timesteps.

    Raises:
        UsageError: not 1 to 27 timesteps.
    """
    if not 1 <= timesteps < TIMESTEPS:
        raise UsageError(
            f"1 to {TIMESTEPS - 1} timesteps can be unrolled, not {timesteps}; whole draws all {TIMESTEPS}"
        )
    return Span("unroll", timesteps)


def parse_span(text: str) -> Span:
    """Read a span as a person types it: `step`, `whole`, or a number of steps.

    Raises:
        UsageError: it is none of these, or the number is not 1 to 27.
    """
    if text in ("step", "whole"):
        return STEP if text == "step" else WHOLE
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"a span is step, whole, or 1 to {TIMESTEPS - 1} timesteps to unroll, not {text!r}")
    return unroll(int(text))
