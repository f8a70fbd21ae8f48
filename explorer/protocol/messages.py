"""The requests that an engine takes, and its replies.

Requests are in the imperative, replies are facts. They travel as msgpack over a private unix socket
(`multiprocessing.connection`, bytes only: nothing is ever unpickled). Questions to the weights and what they
answer are in `explorer.protocol.questions`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from explorer.protocol.questions import SIZES, Answers, Ask
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS

LARGEST_REQUEST: Final = (1 << 16) + 2 * MOST_TIMESTEPS * MOST_INPUTS * SIZES["float32"]
"""Bytes, 4 MB of which are for an input that comes with a question, twice where it is compared; a longer
request ends the connection."""
LARGEST_REPLY: Final = 1 << 29
"""Bytes; likewise."""


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


class Note(msgspec.Struct, frozen=True, tag=True):
    """Write a note of a person into the run's events."""

    text: str
    """One line."""
    token: str
    """One of its own, so that a request that is sent twice is carried out once."""


class FindSample(msgspec.Struct, frozen=True, tag=True):
    """Find the next test sample that is misread, among those of the newest evaluation."""

    after: int
    """Search from the sample after this one; after the last, from the first."""
    run: str = ""
    """The folder of the run to search in, as `path_text` says it; empty: that of the engine that is asked."""


class FetchWeights(msgspec.Struct, frozen=True, tag=True):
    """Send the weights as they are now, so that a heavy question can be answered elsewhere."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """The request was carried out."""

    message: str = ""
    """One line for a person."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The request was not carried out."""

    message: str
    """Why, in one line."""
    mistake: bool = False
    """The request names something that there isn't; nothing has failed."""


class SampleFound(msgspec.Struct, frozen=True, tag=True):
    """There is such a sample."""

    index: int


class Weights(msgspec.Struct, frozen=True, tag=True):
    """All weights of a run were sent, in the pieces that precede this."""

    step: int
    """How many steps they have been trained."""


class Piece(msgspec.Struct, frozen=True, tag=True):
    """Some of a run's weights: 330 KB in all for an LSTM of 128 units, 300 MB for one of 4096."""

    name: str
    """Of the tensor, as the model's state has it."""
    start: int
    """Its byte at which the piece begins."""
    content: memoryview
    """The bytes of its float32 numbers from there on."""


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far a reply that takes long has come; any number of these precede it."""

    share: float
    """0..1."""


Request = Pause | Continue | Stop | ScaleLearningRate | Note | Ask | FindSample | FetchWeights
Reply = Done | Refused | SampleFound | Answers | Weights
Sent = Reply | Progress | Piece

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Sent] = msgspec.msgpack.Decoder(Sent)


def about(request: Ask | FindSample) -> str:
    """The folder of the run that a request is about; empty: the run of the engine that is asked."""
    return request.run if isinstance(request, FindSample) else request.selection.run


def refusal(reply: Reply) -> str:
    """Why a reply has no answers, in one line; it may be of another kind than the request has."""
    no_answer = "the engine gave no answer; is it of another version?"
    return reply.message if isinstance(reply, Refused) else no_answer


def pack(message: Request | Sent) -> bytes:
    """Encode a message."""
    return _encoder.encode(message)


def unpack_request(data: bytes) -> Request:
    """Decode a request; raises `msgspec.DecodeError` for anything else."""
    try:
        return _requests.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:  # msgspec doesn't wrap these two
        raise msgspec.DecodeError(str(error)) from None


def unpack_reply(data: bytes) -> Sent:
    """Decode a reply, or what precedes it; raises `msgspec.DecodeError` for anything else."""
    try:
        return _replies.decode(data)
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(str(error)) from None
