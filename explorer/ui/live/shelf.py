"""Answers that have come, kept by what was asked: going back paints at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from explorer.protocol.questions import Answer, Question, Selection

MOST_BYTES: Final = 32 << 20
"""Bytes of arrays that are kept: some 300 samples of an LSTM of 128 units, or 10 sequences of 1,000
timesteps."""


class Kept(NamedTuple):
    """An answer, and how new it is."""

    answer: Answer
    moment: object
    """What it depended on besides the question; another moment may mean another answer."""


class Shelf:
    """Keeps the answers that were used last, within `MOST_BYTES`."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        """Keep nothing yet; `most` is the limit in bytes."""
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()

    def put(self, selection: Selection, question: Question, kept: Kept) -> None:
        """Keep an answer; those used longest ago go."""
        key = _key(selection, question)
        if key in self._kept:
            self._bytes -= _size(self._kept.pop(key).answer)
        self._kept[key] = kept
        self._bytes += _size(kept.answer)
        while self._bytes > self._most:
            self._bytes -= _size(self._kept.popitem(last=False)[1].answer)

    def get(self, selection: Selection, question: Question) -> Kept | None:
        """The answer to a question, if it is kept."""
        key = _key(selection, question)
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]


def _key(selection: Selection, question: Question) -> bytes:
    """What an answer is kept by; the run is the shelf's."""
    return msgspec.msgpack.encode((replace(selection, run=""), question))


def _size(answer: Answer) -> int:
    """Bytes of an answer's arrays."""
    return sum(len(array.data) for array in answer.arrays.values())
