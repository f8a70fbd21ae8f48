"""The test set, evaluated on demand: as chosen, and without the intervention. What was found is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from explorer.protocol.messages import Reply, refusal
from explorer.protocol.questions import Answers, Ask, Question, Selection, without
from explorer.runs.snapshot import Snapshot
from explorer.ui.views.evaluations import Evaluation, Evaluations, whole

MOST: Final = 100
"""Selections whose evaluations are kept: of 100 classes, two matrices of 80 KB each, 16 MB in all."""
_QUESTIONS: Final = (Question("evaluation"),)


class Evaluating:
    """Asks for evaluations of one run, one request at a time: with and without come from the same weights."""

    def __init__(self, ask: Callable[[Ask], object], cancel: Callable[[Ask], object]) -> None:
        """Ask nothing yet.

        Args:
            ask: carries a heavy request.
            cancel: has one given up.
        """
        self._ask, self._cancel = ask, cancel
        self._kept: OrderedDict[bytes, Evaluations] = OrderedDict()
        self._about: Selection | None = None
        self._request: Ask | None = None
        self._plain: Evaluation | None = None
        self._share = 0.0
        self._waiting: list[Selection] = []
        """Whole test sets that are evaluated one after the other; each stays until it is."""

    @property
    def busy(self) -> bool:
        """Whether an evaluation is on its way."""
        return self._request is not None

    def evaluates(self, selection: Selection) -> bool:
        """Whether that under a selection is on its way."""
        return self.busy and self._about == whole(selection)

    def known(self, selection: Selection) -> Evaluations:
        """What is known under a selection, and how far it is being found out."""
        about = whole(selection)
        known = self._kept.get(_key(about)) or Evaluations(about)
        share = self._share if self.evaluates(about) else 0.0 if about in self._waiting else None
        return Evaluations(about, known.chosen, known.plain, share)

    def begin_all(self, selections: Sequence[Selection], snapshot: Snapshot) -> None:
        """Evaluate under several selections, one after the other, but for those that are known for good."""
        self.give_up()
        self._waiting = [whole(one) for one in selections if not self._is_final(whole(one), snapshot)]
        self.go_on(snapshot)

    def go_on(self, snapshot: Snapshot) -> None:
        """Evaluate under the next selection that waits, unless something else is on its way."""
        if self._waiting and not self.busy:
            self.begin(self._waiting[0], snapshot)

    def _is_final(self, about: Selection, snapshot: Snapshot) -> bool:
        """Whether what is known under a selection is by the weights that would be asked again."""
        step = snapshot.step if about.moment is None else about.moment
        fixed = about.moment is not None or not snapshot.live
        found = [self.known(about).chosen]
        if not about.intervention:
            found.append(self._find_plain(step, snapshot))
        return fixed and any(one is not None and one.step == step for one in found)

    def begin(self, selection: Selection, snapshot: Snapshot) -> None:
        """Evaluate under a selection, and without its intervention, unless that is on record, or kept."""
        self.cancel()
        about = self._about = whole(selection)
        newest = None if snapshot.live else snapshot.step
        step = newest if about.moment is None else about.moment
        self._plain = self._find_plain(step, snapshot) if about.intervention else None
        both = bool(about.intervention) and self._plain is None
        self._request, self._share = Ask(about, _QUESTIONS, without(about) if both else None), 0.0
        self._ask(self._request)

    def give_up(self) -> None:
        """Give up what is being evaluated, and what waits; what was found stays."""
        self._waiting = []
        self.cancel()

    def cancel(self) -> None:
        """Give up what is being evaluated; what waits is evaluated afterwards."""
        if self._request is not None:
            self._cancel(self._request)
            self._request = None

    def follow(self, selection: Selection) -> None:
        """Give up what is being evaluated under another selection than this; which sample is all the same.

        What waited for its turn goes on: it was asked for whatever is chosen.
        """
        if self._about != whole(selection) and self._about not in self._waiting:
            self.cancel()

    def advance(self, request: Ask, share: float) -> None:
        """Note how far a request has come, 0..1."""
        if request is self._request:
            self._share = share

    def accept(self, request: Ask, reply: Reply) -> str:
        """Take in a reply.

        Returns:
            Why there is no answer, in one line; empty: there is, or nobody waits for it any more.
        """
        if request is not self._request or self._about is None:
            return ""
        self._request, waiting = None, [one for one in self._waiting if one != self._about]
        self._waiting = []  # one without an answer: the others would have none, either
        match reply:
            case Answers(answers=answers) if len(answers) == len(request.selections):
                try:
                    found, *others = map(Evaluation.answered, answers)
                except ValueError as error:
                    return f"the engine's answer can't be read ({error}); is it of another version?"
            case Answers(unanswerable=(missing, *_)):
                return missing.reason
            case _:
                return refusal(reply)
        self._waiting = waiting
        plain = others[0] if others else self._plain
        self._keep(Evaluations(self._about, found, plain if plain and _alike(plain, found) else None))
        return ""

    def fail(self, request: Ask) -> bool:
        """There is no engine that could answer; returns whether anybody waited for it."""
        waited = request is self._request
        if waited:
            self._request, self._waiting = None, []
        return waited

    def _keep(self, known: Evaluations) -> None:
        """Keep what was found; what was found longest ago goes."""
        key = _key(known.about)
        self._kept[key] = known
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def _find_plain(self, step: int | None, snapshot: Snapshot) -> Evaluation | None:
        """What the weights of a step read without an intervention, if that is on record, or kept."""
        own = snapshot.evaluated_whole
        candidates = [one.plain if one.about.intervention else one.chosen for one in self._kept.values()]
        candidates.append(Evaluation.recorded(own) if own is not None else None)
        return next((one for one in candidates if one is not None and one.step == step), None)


def _key(about: Selection) -> bytes:
    """What evaluations are kept by: a selection has no hash, because of what it holds."""
    return msgspec.msgpack.encode(about, order="deterministic")


def _alike(one: Evaluation, other: Evaluation) -> bool:
    """Whether two evaluations are of the same weights, and of as many samples and classes."""
    same = one.step == other.step and one.samples == other.samples
    return same and len(one.confusion) == len(other.confusion)
