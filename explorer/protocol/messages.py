"""What a screen may ask of an engine, and what it answers.

Requests are in the imperative, answers are facts. They travel as msgpack over a private unix socket
(`multiprocessing.connection`, bytes only: nothing is ever unpickled). An array travels as the bytes of
its float32 numbers in row-major order, so that the screen needs neither torch nor numpy to read it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from explorer.runs.events import ActivationInfo, State

LARGEST_REQUEST: Final = 1 << 16
"""Bytes; a longer request ends the connection."""


class Pause(msgspec.Struct, frozen=True, tag=True):
    """Stop between two batches until told to go on."""


class Continue(msgspec.Struct, frozen=True, tag=True):
    """Go on after a pause."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Save a checkpoint and end the training."""


class ScaleLearningRate(msgspec.Struct, frozen=True, tag=True):
    """Multiply the learning rate, on top of its schedule."""

    by: float
    """A factor above 0."""


class Probe(msgspec.Struct, frozen=True, tag=True):
    """Read one test digit with the weights as they are now, and show every activation."""

    index: int
    """Which test digit, from 0; taken modulo the size of the test set."""


class FindSample(msgspec.Struct, frozen=True, tag=True):
    """The next test digit of a kind, as of the newest look at the whole test set.

    With neither a label nor a prediction: the next that was misread.
    """

    after: int
    """Search from the digit after this one, round the end."""
    label: int | None = None
    """What it is."""
    predicted: int | None = None
    """What it was read as."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """The request was carried out."""

    message: str = ""
    """One line for a person."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The request was not carried out."""

    message: str
    """Why, in one line."""


class SampleFound(msgspec.Struct, frozen=True, tag=True):
    """There is such a digit."""

    index: int


class Probed(msgspec.Struct, frozen=True, tag=True):
    """One test digit as the model reads it now."""

    index: int
    """Which test digit."""
    count: int
    """How many test digits there are."""
    step: int
    """After how many steps the weights are."""
    label: int
    """What the digit is."""
    scores: list[float]
    """Ten numbers: the softmax of the logits, or the sigmoid outputs as they are."""
    pixels: bytes
    """28×28 bytes, 0 (paper) to 255 (ink)."""
    activations: list[ActivationInfo]
    """What each of `arrays` is."""
    hidden: int
    """H: units of each activation."""
    arrays: list[bytes]
    """The values of each activation, 28×H float32: a row for each timestep."""
    state: State | None = None
    """What the engine is doing."""


Request = Pause | Continue | Stop | ScaleLearningRate | Probe | FindSample
Answer = Done | Refused | SampleFound | Probed

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """A message as bytes."""
    return _encoder.encode(message)


def unpack_request(data: bytes) -> Request:
    """A request from bytes; raises `msgspec.DecodeError` for anything else."""
    try:
        return _requests.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:  # msgspec lets these two through as they are
        raise msgspec.DecodeError(str(error)) from None


def unpack_answer(data: bytes) -> Answer:
    """An answer from bytes; raises `msgspec.DecodeError` for anything else."""
    try:
        return _answers.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(str(error)) from None
