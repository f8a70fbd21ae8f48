"""Answers that have come, kept by what was asked: going back paints at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from explorer.protocol.probes import settled
from explorer.protocol.questions import Answer, Ask, Question, Selection
from explorer.runs.snapshot import Snapshot

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

    def take(
        self, answers: Iterable[Answer], wanted: Ask | None, snapshot: Snapshot
    ) -> list[dict[str, Answer]]:
        """Keep answers; those used longest ago go.

        Args:
            answers: all that came.
            wanted: what is wanted now; perhaps something else than was asked.
            snapshot: the run, now.

        Returns:
            For each selection that is wanted, the answers to its questions, by their probes' names.
        """
        found: list[dict[str, Answer]] = [{} for _ in wanted.selections] if wanted else []
        for answer in answers:
            asked, question = replace(answer.asked, run=""), Question(answer.what, answer.options)
            self.put(asked, question, Kept(answer, moment(asked, snapshot, counts_as(answer, snapshot))))
            if wanted is not None and asked in wanted.selections and question in wanted.questions:
                found[wanted.selections.index(asked)][answer.what] = answer
        return found

    def has(self, wanted: Ask, snapshot: Snapshot) -> bool:
        """Whether all answers are kept, and as new as they can be."""
        newest = moments(wanted, snapshot, snapshot.step)
        kept = (
            (self.get(about, question), when)
            for about, when in zip(wanted.selections, newest, strict=True)
            for question in wanted.questions
        )
        return all(one is not None and one.moment == when for one, when in kept)

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

    def recall(self, selection: Selection, questions: Iterable[Question]) -> dict[str, Answer]:
        """The answers to these questions that are kept, by their probes' names."""
        kept = {question.what: self.get(selection, question) for question in questions}
        return {what: one.answer for what, one in kept.items() if one is not None}


def moment(selection: Selection, snapshot: Snapshot, step: int) -> object:
    """What answers depend on, besides the question: nothing, for weights that were kept."""
    return None if selection.moment is not None else (step, snapshot.live, snapshot.state == "training")


def moments(wanted: Ask, snapshot: Snapshot, step: int) -> list[object]:
    """What the answers about each selection of a request depend on."""
    return [moment(about, snapshot, step) for about in wanted.selections]


def counts_as(answer: Answer, snapshot: Snapshot) -> int:
    """The step that an answer is of; a run that ended is shown as its last checkpoint has it, whatever step
    that was.
    """
    return answer.step if snapshot.live else snapshot.step


def _key(selection: Selection, question: Question) -> bytes:
    """What an answer is kept by: no sample, for a question about a set; the run is the shelf's."""
    return msgspec.msgpack.encode((replace(settled(selection, [question]), run=""), question))


def _size(answer: Answer) -> int:
    """Bytes of an answer's arrays."""
    return sum(len(array.data) for array in answer.arrays.values())
