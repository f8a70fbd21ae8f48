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
from msgspec.structs import replace

from explorer.runs.events import State
from explorer.runs.shape import MOST_TIMESTEPS

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


class Given(msgspec.Struct, frozen=True, tag="input"):
    """An input that comes with the question; it has no label."""

    x: Array
    """(timestep, input), in the data set's own units: the bytes of an image, or float32."""


class Samples(msgspec.Struct, frozen=True, tag="samples"):
    """Test samples, for questions that speak of many; without any of these, all of them."""

    first: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Only so many, from the test set's first."""
    label: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Of those, only those of this class."""
    read_as: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Of those, only those that the weights, without any intervention, read as this class."""


Subject = Sample | Given | Samples
"""What is read: one sequence, or a set of them."""


class Wipe(msgspec.Struct, frozen=True):
    """What is remembered is 0 before a timestep is read."""

    before: Annotated[int, msgspec.Meta(ge=1)]
    """The timestep, counted from 1."""
    state: str = ""
    """A part of the state, `h` or `c`; empty: all that is remembered."""


class Span(msgspec.Struct, frozen=True):
    """Timesteps, counted from 1."""

    first: Annotated[int, msgspec.Meta(ge=1)]
    last: Annotated[int, msgspec.Meta(ge=1)]
    """The last one, included."""


class Intervention(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is changed while the network reads; its parts combine freely."""

    hold: dict[str, float] = {}
    """Activations by name that have this value, for all units at every timestep."""
    silence: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    """Units whose h is 0 after every timestep: for the next one, and for the head."""
    wipe: tuple[Wipe, ...] = ()
    """States that are 0 before a timestep."""
    blank: tuple[Span, ...] = ()
    """Timesteps that are read blank: as paper for images, as the training set's mean elsewhere."""
    append_blank: Annotated[int, msgspec.Meta(ge=0, le=MOST_TIMESTEPS)] = 0
    """How many blank timesteps are read after the last."""

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return self != NO_INTERVENTION


NO_INTERVENTION: Final = Intervention()
"""The network as it is, the sample as it is."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What questions are asked about; the cursor (timestep, unit, class) is the screen's own."""

    run: str = ""
    """The run's folder, as `path_text` says it, for a read-only engine; empty: the run of the engine that is
    asked."""
    moment: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The step whose weights are asked; None: those of now, or the newest ones on disk."""
    subject: Subject = Sample()
    """What is read."""
    intervention: Intervention = NO_INTERVENTION
    """What is changed while it is read."""


def without(selection: Selection) -> Selection:
    """The same with nothing intervened."""
    return replace(selection, intervention=NO_INTERVENTION)


class Question(msgspec.Struct, frozen=True):
    """One probe, and how to carry it out."""

    what: str
    """A name of `explorer.protocol.probes.PROBES`."""
    options: dict[str, Fact] = {}
    """Values of the probe's own options, by name."""


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
    heavy: bool = False
    """Whether a read-only engine would answer it."""
    mistake: bool = False
    """Whether one of its options names something that there isn't, so that it never has an answer."""


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Answer some questions about one selection, or about two, all from the same weights."""

    selection: Selection
    questions: Annotated[tuple[Question, ...], msgspec.Meta(min_length=1, max_length=MOST_QUESTIONS)]
    against: Selection | None = None
    """What the first is compared with: another selection of the same run. Each answer says what it is about;
    two about now come from the same weights."""

    @property
    def selections(self) -> tuple[Selection, ...]:
        """What the questions are asked about."""
        return (self.selection,) if self.against is None else (self.selection, self.against)

    def about(self, selection: Selection, against: Selection | None = None) -> Ask:
        """The same, about something else."""
        return replace(self, selection=selection, against=against)

    def about_run(self, run: str) -> Ask:
        """The same, about a run's folder, as `path_text` says it."""
        return self.about(*(replace(one, run=run) for one in self.selections))


class Answers(msgspec.Struct, frozen=True, tag=True):
    """The answers to an `Ask`."""

    answers: tuple[Answer, ...]
    """In the order of the questions, but for those without an answer; those about the selection first, then
    those about what it is compared with."""
    unanswerable: tuple[Unanswerable, ...] = ()
    """The questions without an answer."""
    state: State | None = None
    """What the engine was doing; None for a read-only engine."""
