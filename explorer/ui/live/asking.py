"""When the engine is asked: once for what is chosen, and again when the weights have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from explorer.protocol.messages import Request
from explorer.protocol.questions import Answer, Answers, Ask, Question, Sample, Selection
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.shelf import Kept, Shelf

_NOT_YET: Final = ("none", "starting", "preparing")
"""The states of a run that has no weights to ask, or whose engine has no time."""


class Asking:
    """Asks about what is chosen in one run; its answers are kept."""

    def __init__(self, ask: Callable[[Request], object]) -> None:
        """Ask nothing yet; `ask` carries a request to the engine."""
        self._ask = ask
        self._shelf = Shelf()
        self._wanted: tuple[Selection, tuple[Question, ...]] | None = None
        self._shown: object = None
        self._pending = self._forced = False
        self.chosen = False
        """Whether the answers accepted last were asked for by a person, not by the clock."""

    def want(self, selection: Selection, questions: tuple[Question, ...], snapshot: Snapshot) -> None:
        """Ask these questions, unless their newest answers are on the screen or on their way."""
        if not questions or snapshot.state in _NOT_YET:
            return
        moment = _moment(selection, snapshot, snapshot.step)
        if self._wanted != (selection, questions):
            chosen = self._wanted is not None
            self._wanted = selection, questions
            kept = [self._shelf.get(selection, question) for question in questions]
            if all(one is not None and one.moment == moment for one in kept):
                self._pending, self._shown = False, moment
                return
            self._forced = self._forced or chosen
        elif self._pending or self._shown == moment:
            return
        self._pending = True
        self._ask(Ask(selection, questions))

    def recall(self, selection: Selection, questions: Iterable[Question]) -> dict[str, Answer]:
        """The answers to these questions that are kept, by their probes' names."""
        kept = {question.what: self._shelf.get(selection, question) for question in questions}
        return {what: one.answer for what, one in kept.items() if one is not None}

    def within(self, samples: int) -> Sample | None:
        """The sample that was asked about, as it is numbered in a test set of so many; None: as it was."""
        if self._wanted is None or not isinstance(subject := self._wanted[0].subject, Sample):
            return None
        wrapped = Sample(subject.index % samples)
        if wrapped == subject:
            return None
        self._wanted = replace(self._wanted[0], subject=wrapped), self._wanted[1]
        return wrapped

    def accept(self, reply: Answers, snapshot: Snapshot) -> dict[str, Answer]:
        """Take in answers; returns them by their probes' names, or none if they are to something else by now.

        All of them are kept: a person may come back.
        """
        found = {}
        for answer in reply.answers:
            asked = replace(answer.asked, run="")
            question = Question(answer.what, answer.options)
            # A run that ended is shown as its last checkpoint has it, whatever step that was.
            moment = _moment(asked, snapshot, answer.step if snapshot.live else snapshot.step)
            self._shelf.put(asked, question, Kept(answer, moment))
            if self._wanted is not None and asked == self._wanted[0] and question in self._wanted[1]:
                found[answer.what] = answer
                self._shown = moment
        if found:
            self._pending, self.chosen, self._forced = False, self._forced, False
        return found

    def give_up(self, snapshot: Snapshot) -> None:
        """There are no answers to be had: ask again only once the run has changed."""
        self._pending = False
        if self._wanted is not None:
            self._shown = _moment(self._wanted[0], snapshot, snapshot.step)


def _moment(selection: Selection, snapshot: Snapshot, step: int) -> object:
    """What answers depend on, besides the question: nothing, for weights that were kept."""
    return None if selection.moment is not None else (step, snapshot.live, snapshot.state == "training")
