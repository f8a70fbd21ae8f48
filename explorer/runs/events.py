"""What happens in a run, as typed facts: each event is one line of `events.jsonl`.

Events are named in the past tense and never changed once written. Each line is a JSON object with the
event's name, the format version `v`, the time (seconds since 1970) and the engine's clock, so that a person
can follow `tail -f events.jsonl | jq`. A number that isn't finite is written as null; which it was is said
in `not_finite` beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Union, get_args, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from explorer.runs.blocks import Kind, kind_of
from explorer.runs.config import Config
from explorer.runs.data_files import SequenceFile
from explorer.runs.shape import DIGITS, MOST_CLASSES, Shape

FORMAT: Final = 2
"""The version of this format. A reader skips, and counts, the lines of a version it doesn't know."""

State = Literal["preparing", "training", "paused", "finished", "stopped", "diverged", "failed"]
"""The states that an engine reports. A run whose engine died in one of the first three is `lost`."""

LIVE: Final = frozenset({"preparing", "training", "paused"})
"""The states of a run that still has something to do."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A count. Its limit keeps a damaged line's number of 400 digits out of sums of floats."""

Factor = Annotated[float, msgspec.Meta(gt=0)]
"""The learning rate's schedule is multiplied by this."""

FACTORS_EVERY: Final = 32
"""Steps from one that says its `factors` to the next. A summary reads the last 100 steps or more."""

NotFinite = dict[str, Kind] | UnsetType
"""Which of an event's numbers aren't finite, by the names of their fields; left out where all are."""

_CLASSES = msgspec.Meta(min_length=2, max_length=MOST_CLASSES)
Confusion = Annotated[list[Annotated[list[Count], _CLASSES]], _CLASSES]
"""Counts, K rows (the true class) of K columns (the class it was read as)."""


class ActivationInfo(msgspec.Struct, frozen=True):
    """One activation of the run's cell, for a viewer that doesn't know the cell."""

    name: str
    """The letter in the equations."""
    label: str
    """Its name in the literature."""
    span: Literal["unit", "signed", "open"]
    """Its values: 0..1, -1..1, or without bounds around 0."""


class OperationInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that one timestep of the run's cell computes, for a viewer that doesn't know the cell."""

    sign: str
    """What it does: `σ`, `tanh`, `×`, `+`, `1−`, `W_hh` (a product with that matrix), or another name. What
    comes in is called by its letter, `x_t`, `h`; what goes out, too: `h'`."""
    operands: list[Count] = []
    """The operations whose results it takes, by their positions in the list; each comes before it."""
    name: str = ""
    """The activation that it computes, if it does."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=False):
    """What every event has."""

    v: Annotated[int, msgspec.Meta(ge=FORMAT, le=FORMAT)] = FORMAT
    """The format version."""
    time: float
    """When it happened, in seconds since 1970."""
    clock: float | None = None
    """Seconds on a clock that nobody sets and that stands still while the machine sleeps: only differences
    between events of one engine mean anything. None: from a version before 0.2, or inside another event."""


class RunStarted(Event, frozen=True, tag=True):
    """An engine has taken the run, knows its model and its data, and is about to train."""

    run: str
    """The run's name."""
    cell: str
    dataset: str
    """As in `Config`."""
    parameters: Count
    """Trainable parameters."""
    activations: list[ActivationInfo]
    """The cell's activations, in the order of its equations."""
    hidden: Count
    epochs: Count
    steps_per_epoch: Count
    device: str
    """Where it computes: cpu, cuda or mps."""
    threads: Count
    pid: Count
    """The engine's process."""
    versions: dict[str, str]
    """Of gatescope, python, torch and torchvision."""
    config: Config | None = None
    """Every option, resolved, as in `run.json`."""
    step: Count = 0
    """The step that it starts from: 0 in a new run, the checkpoint's in a resumed one; the newest, where this
    is recorded again because the lines before were cut off."""
    processes: Count = 1
    """How many processes train together; `pid` is the first one's."""
    shape: Shape = DIGITS
    """What the data set's samples look like."""
    file: SequenceFile | None = None
    """The file that the run learns from, if its data set is one."""
    operations: list[OperationInfo] = []
    """What one timestep of the cell computes; empty: from a version that didn't say."""
    equations: list[str] = []
    """The same for a person, as the cell's own text has them."""

    @property
    def hold(self) -> dict[str, float]:
        """The activations that the model holds at a value."""
        return self.config.hold if self.config else {}


class Evaluated(Event, frozen=True, tag=True):
    """The model was evaluated on test samples."""

    step: Count
    """Steps trained; 0: before the first."""
    epoch: Count
    """Epochs completed."""
    samples: Count
    """How many samples were read: the whole test set at each epoch's end, at most 1,000 in between."""
    whole: bool
    """Whether that was the whole test set."""
    loss: float | None
    """Mean cross-entropy, in nats."""
    accuracy: float
    """Share read correctly, 0..1."""
    confusion: Confusion
    not_finite: NotFinite = UNSET

    def __post_init__(self) -> None:
        """Refuse a matrix that isn't square; msgspec reports that as a line that is no event."""
        if any(len(row) != len(self.confusion) for row in self.confusion):
            raise ValueError("the confusion matrix isn't square")


class StateChanged(Event, frozen=True, tag=True):
    """The run entered another state."""

    state: State
    reason: str = ""
    """One line for a person; empty where the state says it all."""
    evaluated: Evaluated | None = None
    """Paused or stopped between two evaluations: how the weights do by now. It stands here, and not on a
    line of its own, so that a run's `Evaluated` lines don't depend on how often it was paused."""
    step: Count | None = None
    """Where the weights stand, if a training was stopped while it recomputed steps on record; else None."""
    refused: StepTrained | UnsetType = UNSET
    """Diverged: what was read of the batch from which the weights did not learn. It stands here, and not on
    a line of its own: its step wasn't taken, and may be, if the run is resumed."""


class AnyStep(Event, frozen=True, gc=False):
    """The model was trained on one batch: all that is said of it, or a part."""


class StepTrained(AnyStep, frozen=True, tag=True, gc=False):
    """The model was trained on one batch."""

    step: Count
    """Counted from 1 over the whole run."""
    epoch: Count
    """Counted from 1."""
    loss: float | None
    """Cross-entropy of the batch, in nats."""
    accuracy: float
    """Share of the batch read correctly, 0..1."""
    gradient_norm: float | None
    """Before clipping."""
    learning_rate: float
    samples_per_second: float
    """Of this step."""
    updates: dict[str, float | None] | UnsetType = UNSET
    """Of some steps: for each matrix of the cell, the norm of the step's update divided by that of the matrix
    before it, by the matrix's letter in the equations, `W_hh`."""
    factors: tuple[Factor, Factor] | UnsetType = UNSET
    """Of some steps: the factor of the learning rate's schedule at the run's first step, and at this one. So
    a summary, which reads only the newest steps, knows what was changed before them."""
    not_finite: NotFinite = UNSET


class LearningRateChanged(Event, frozen=True, tag=True):
    """A person scaled the learning rate, on top of the schedule."""

    step: Count
    factor: Factor
    """The schedule is multiplied by this from here on."""


class Rewound(Event, frozen=True, tag=True):
    """The run is trained on from an earlier step, otherwise than before: what was recorded after that step
    stays in the file, and doesn't count any more.
    """

    step: Count


class Marked(Event, frozen=True, tag=True):
    """Something looks wrong, or right again; the training goes on."""

    step: Count
    mark: Literal["exploded", "chance", "recovered"]
    """A loss that stays above 2 ln K; an accuracy at chance; neither any longer."""
    message: str
    """One line for a person."""


class Noted(Event, frozen=True, tag=True):
    """A person has written something down."""

    step: Count
    """Steps trained by then."""
    text: str
    """One line."""


class Warned(Event, frozen=True, tag=True):
    """Something is wrong with what is on disk, until the next checkpoint is saved."""

    step: Count
    message: str
    """One line for a person: what is wrong, and what follows from it."""


class CheckpointSaved(Event, frozen=True, tag=True):
    """The weights and the optimizer are on disk."""

    step: Count
    path: str
    """Relative to the run's folder."""


class MomentKept(Event, frozen=True, tag=True):
    """The weights as they are after this step are on disk, to be asked about later."""

    step: Count
    path: str
    """Relative to the run's folder."""


class MomentsDropped(Event, frozen=True, tag=True):
    """Weights kept earlier were removed, to make room: for later ones, or on a full disk.

    Those of steps that a resumed engine trains again are removed, too: its `RunStarted` says from which step.
    """

    steps: list[Count]
    """The steps, ascending."""


AnyEvent = (
    RunStarted
    | StateChanged
    | StepTrained
    | Evaluated
    | LearningRateChanged
    | Rewound
    | Marked
    | Noted
    | Warned
    | CheckpointSaved
    | MomentKept
    | MomentsDropped
)
"""Every event that `events.jsonl` may contain."""

READ: Final = ("loss", "accuracy", "gradient_norm", "learning_rate", "samples_per_second")
"""What each step says of its batch: fields of `StepTrained`, and series of `History.train`. They might not be
finite, as might those of an evaluation."""

_encoder = msgspec.json.Encoder()
EventDecoder = msgspec.json.Decoder[AnyEvent]
"""Reads a line as an event."""
_decoder: EventDecoder = msgspec.json.Decoder(AnyEvent)
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What the decoder raises: msgspec doesn't wrap the last two."""


def encode(event: Event) -> bytes:
    """One event as one line, with its newline; what is no UTF-8 in it, a folder's name, becomes `?`."""
    event = _spelt(event)
    try:
        return _encoder.encode(event) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_writable(msgspec.to_builtins(event))) + b"\n"


def _spelt(event: Event) -> Event:
    """The same event, saying which of its numbers aren't finite, where JSON has null for each."""
    match event:
        case StepTrained() | Evaluated():
            found = {name: kind for name in READ if (kind := kind_of(getattr(event, name, None) or 0.0))}
            return msgspec.structs.replace(event, not_finite=found) if found else event
        case StateChanged(refused=StepTrained() as step):
            return msgspec.structs.replace(event, refused=_spelt(step))
    return event


def measured(event: StepTrained | Evaluated, name: str) -> float:
    """A number of an event as it was before it was written: NaN or infinite where the line has null."""
    value: float | None = getattr(event, name)
    if value is not None:
        return value
    return float(event.not_finite.get(name, "nan") if event.not_finite else "nan")


def _writable(value: Any) -> Any:
    """The same without lone surrogates, which JSON can't hold."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_writable(item) for item in value]
        case dict():
            return {_writable(key): _writable(item) for key, item in value.items()}
    return value


def decoder_of(names: Iterable[str]) -> EventDecoder:
    """A decoder that reads only these numbers of each step, and when it was: in three quarters of the time.

    Args:
        names: fields of `StepTrained`.
    """
    kinds = get_type_hints(StepTrained)
    fields: list[tuple[str, Any, Any]] = [("not_finite", NotFinite, UNSET)]
    fields += [(name, kinds[name], msgspec.NODEFAULT) for name in ("step", *names)]
    how: dict[str, Any] = {"tag": "StepTrained", "frozen": True, "gc": False, "kw_only": True}
    step = msgspec.defstruct("Step", fields, bases=(AnyStep,), **how)
    others = (kind for kind in get_args(AnyEvent) if kind is not StepTrained)
    found: EventDecoder = msgspec.json.Decoder(Union[(step, *others)])
    return found


def decode(line: bytes, decoder: EventDecoder = _decoder) -> AnyEvent | None:
    """One line as an event; None for a line that isn't one of this format."""
    try:
        return decoder.decode(line)
    except _UNREADABLE:
        return None


def decode_all(lines: bytes, decoder: EventDecoder = _decoder) -> list[AnyEvent] | None:
    """Whole lines as events, faster than one by one; None unless every line is one of this format."""
    try:
        events = decoder.decode_lines(lines)
    except _UNREADABLE:
        return None
    return events if len(events) == lines.count(b"\n") else None
