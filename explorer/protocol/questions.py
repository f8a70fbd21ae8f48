"""Questions to the weights of a run, and their answers: one form for all probes.

An answer says itself what it holds: named arrays with named axes, plain facts, the step whose weights it is
from, and what was asked. An array travels as the bytes of its numbers in row-major order, so that the screen
needs neither torch nor numpy to read it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from explorer.runs.events import State

MOST_QUESTIONS: Final = 8
"""The most questions of one request: those of the views that are visible at the same time."""
SIZES: Final[Mapping[str, int]] = {"float32": 4, "int64": 8, "uint8": 1}
"""Bytes of a number, by its type."""
_CODES: Final = {"float32": "f", "int64": "q", "uint8": "B"}
"""How `memoryview.cast` calls these types."""

Fact = bool | int | float | str | None
"""A plain value; None: it doesn't exist, or isn't finite."""


class Sample(msgspec.Struct, frozen=True, tag="sample"):
    """One test sample."""

    index: int = 0
    """From 0; taken modulo the size of the test set."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What questions are asked about."""

    run: str = ""
    """The run's folder, as `path_text` says it, for a read-only engine; empty: the run of the engine that is
    asked."""
    subject: Sample = Sample()
    """What is read."""


class Question(msgspec.Struct, frozen=True):
    """One probe, and how to carry it out."""

    what: str
    """A name of `explorer.protocol.probes.PROBES`."""
    options: dict[str, Fact] = {}
    """Values of the probe's own options, by name."""


class Array(msgspec.Struct, frozen=True):
    """Numbers with named axes."""

    axes: tuple[str, ...]
    """The name of each axis: `timestep`, `unit`, `class` …"""
    shape: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    """The length of each axis."""
    dtype: Literal["float32", "int64", "uint8"]
    """The type of the numbers."""
    data: bytes
    """The numbers in row-major order, in this machine's byte order: the socket never leaves it."""
    label: str = ""
    """What the numbers are, in the words of the literature."""
    span: Literal["unit", "signed", "open"] = "open"
    """Their range: 0..1, -1..1, or without bounds around 0."""
    coordinates: dict[str, tuple[str, ...]] = {}
    """The names of the positions along an axis, where they have names: those of the classes, for instance."""

    def __post_init__(self) -> None:
        """Refuse an array whose parts disagree; msgspec reports that as a message it can't decode."""
        if len(self.axes) != len(self.shape) or len(self.data) != SIZES[self.dtype] * math.prod(self.shape):
            raise ValueError("an array's axes, shape and data disagree")

    @property
    def numbers(self) -> memoryview:
        """The numbers, flat and in place."""
        return memoryview(self.data).cast(_CODES[self.dtype])  # type: ignore[call-overload, no-any-return]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found."""

    what: str
    """The probe."""
    asked: Selection
    """What it was asked about; a test sample by the index that it has."""
    step: int
    """How many steps the weights have been trained."""
    facts: dict[str, Fact]
    """Single values by name."""
    arrays: dict[str, Array]
    """Arrays by name, in the order in which a person reads them."""
    options: dict[str, Fact] = {}
    """The question's options."""


class Unanswerable(msgspec.Struct, frozen=True, tag=True):
    """A question that has no answer, among others that have."""

    what: str
    """The probe."""
    reason: str
    """Why, in one line."""


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Answer some questions about one selection, all from the same weights."""

    selection: Selection
    questions: Annotated[tuple[Question, ...], msgspec.Meta(min_length=1, max_length=MOST_QUESTIONS)]


class Answers(msgspec.Struct, frozen=True, tag=True):
    """The answers to an `Ask`."""

    answers: tuple[Answer, ...]
    """In the order of the questions, but for those without an answer."""
    unanswerable: tuple[Unanswerable, ...] = ()
    """The questions without an answer."""
    state: State | None = None
    """What the engine was doing; None for a read-only engine."""
