"""The requests that an engine takes, and its answers.

Requests are in the imperative, answers are facts. They travel as msgpack over a private unix socket
(`multiprocessing.connection`, bytes only: nothing is ever unpickled). An array travels as the bytes of its
float32 numbers in row-major order, so that the screen needs neither torch nor numpy to read it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from explorer.runs.events import ActivationInfo, State
from explorer.runs.shape import Shape

LARGEST_REQUEST: Final = 1 << 16
"""Bytes; a longer request ends the connection."""


class Pause(msgspec.Struct, frozen=True, tag=True):
    """Pause between two batches, until `Continue`."""


class Continue(msgspec.Struct, frozen=True, tag=True):
    """Continue after a pause."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Save a checkpoint and end the training."""


class ScaleLearningRate(msgspec.Struct, frozen=True, tag=True):
    """Multiply the learning rate, on top of its schedule."""

    by: float
    """A factor above 0."""


class Probe(msgspec.Struct, frozen=True, tag=True):
    """Read one test sample with the current weights, and return every activation."""

    index: int
    """Which test sample, from 0; taken modulo the size of the test set."""
    run: str = ""
    """The folder of the run to read, as `path_text` says it, for a read-only engine; empty: its own run."""


class FindSample(msgspec.Struct, frozen=True, tag=True):
    """Find the next test sample of a kind, among those of the newest evaluation.

    With neither a label nor a prediction: the next that was misread.
    """

    after: int
    """Search from the sample after this one; after the last, from the first."""
    label: int | None = None
    """Its true class."""
    predicted: int | None = None
    """The class it was read as."""
    run: str = ""
    """The folder of the run to search in, likewise."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """The request was carried out."""

    message: str = ""
    """One line for a person."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The request was not carried out."""

    message: str
    """Why, in one line."""


class SampleFound(msgspec.Struct, frozen=True, tag=True):
    """There is such a sample."""

    index: int


class Probed(msgspec.Struct, frozen=True, tag=True):
    """One test sample as the model reads it now."""

    index: int
    """Which test sample."""
    count: int
    """How many test samples there are."""
    step: int
    """How many steps the weights have been trained."""
    label: int
    """The sample's true class."""
    scores: list[float]
    """K numbers: the softmax of the logits, or the sigmoid outputs as they are."""
    shape: Shape
    """T, I and the K classes."""
    pixels: bytes
    """T×I bytes, 0 (paper) to 255 (ink)."""
    activations: list[ActivationInfo]
    """Describes each of `arrays`, in the same order."""
    hidden: int
    """H: units of each activation."""
    arrays: list[bytes]
    """The values of each activation, T×H float32: one row per timestep."""
    state: State | None = None
    """What the engine is doing; None for a read-only engine."""


Request = Pause | Continue | Stop | ScaleLearningRate | Probe | FindSample
Answer = Done | Refused | SampleFound | Probed

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def pack(message: Request | Answer) -> bytes:
    """Encode a message."""
    return _encoder.encode(message)


def unpack_request(data: bytes) -> Request:
    """Decode a request; raises `msgspec.DecodeError` for anything else."""
    try:
        return _requests.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:  # msgspec doesn't wrap these two
        raise msgspec.DecodeError(str(error)) from None


def unpack_answer(data: bytes) -> Answer:
    """Decode an answer; raises `msgspec.DecodeError` for anything else."""
    try:
        return _answers.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(str(error)) from None
