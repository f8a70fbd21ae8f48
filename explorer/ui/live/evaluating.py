"""The test set, evaluated on demand: as chosen, and without the intervention. What was found is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from explorer.protocol.messages import Refused, Reply
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

    @property
    def busy(self) -> bool:
        """Whether an evaluation is on its way."""
        return self._request is not None

    def known(self, selection: Selection) -> Evaluations:
        """What is known under a selection, and how far it is being found out."""
        about = whole(selection)
        known = self._kept.get(_key(about)) or Evaluations(about)
        busy = self._request is not None and self._about == about
        return Evaluations(about, known.chosen, known.plain, self._share) if busy else known

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

    def cancel(self) -> None:
        """Give up what is being evaluated; what was found stays."""
        if self._request is not None:
            self._cancel(self._request)
            self._request = None

    def follow(self, selection: Selection) -> None:
        """Give up what is being evaluated under another selection than this; which sample is all the same."""
        if self._about != whole(selection):
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
        self._request = None
        match reply:
            case Answers(answers=answers) if len(answers) == len(request.selections):
                try:
                    found, *others = map(Evaluation.answered, answers)
                except ValueError as error:
                    return f"the engine's answer can't be read ({error}); is it of another version?"
            case Answers(unanswerable=(missing, *_)):
                return missing.reason
            case Refused(message=text):
                return text
            case _:
                return "the engine gave no answer; is it of another version?"
        plain = others[0] if others else self._plain
        self._keep(Evaluations(self._about, found, plain if plain and _alike(plain, found) else None))
        return ""

    def fail(self, request: Ask) -> bool:
        """There is no engine that could answer; returns whether anybody waited for it."""
        waited = request is self._request
        if waited:
            self._request = None
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
