"""The test set, evaluated on demand: as chosen, then without the intervention. What was found is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from explorer.protocol.messages import Refused, Reply
from explorer.protocol.questions import Answers, Ask, Question, Selection
from explorer.runs.snapshot import Snapshot
from explorer.ui.views.evaluations import Evaluation, Evaluations, Progress, whole, without

MOST: Final = 100
"""Selections whose evaluations are kept: of 100 classes, two matrices of 80 KB each, 16 MB in all."""
_QUESTIONS: Final = (Question("evaluation"),)


class Evaluating:
    """Asks for evaluations of one run, one selection at a time: with and without are two requests, for one
    speaks of one selection.
    """

    def __init__(self, ask: Callable[[Ask], object], cancel: Callable[[], object]) -> None:
        """Ask nothing yet.

        Args:
            ask: carries a heavy question.
            cancel: has those so far given up.
        """
        self._ask, self._cancel = ask, cancel
        self._kept: OrderedDict[bytes, Evaluations] = OrderedDict()
        self._about: Selection | None = None
        self._request: Ask | None = None
        self._share = 0.0

    @property
    def busy(self) -> bool:
        """Whether an evaluation is on its way."""
        return self._request is not None

    def known(self, selection: Selection) -> Evaluations:
        """What is known under a selection, and how far it is being found out."""
        about = whole(selection)
        known = self._kept.get(_key(about)) or Evaluations(about)
        if self._request is None or self._about != about:
            return known
        progress = Progress(self._request.selection != about, self._share)
        return Evaluations(about, known.chosen, known.plain, progress)

    def begin(self, selection: Selection) -> None:
        """Evaluate under a selection, unless that is kept and can't change: a kept moment's weights don't."""
        self.cancel()
        about = self._about = whole(selection)
        known = self._kept.get(_key(about))
        if about.moment is None or known is None:
            self._carry(about)
        elif not known.settled:
            self._carry(without(about, about.moment))

    def cancel(self) -> None:
        """Give up what is being evaluated; what was found stays."""
        if self._request is not None:
            self._request = None
            self._cancel()

    def follow(self, selection: Selection) -> None:
        """Give up what is being evaluated under another selection than this; which sample is all the same."""
        if self._about != whole(selection):
            self.cancel()

    def advance(self, request: Ask, share: float) -> None:
        """Note how far a request has come, 0..1."""
        if request is self._request:
            self._share = share

    def accept(self, request: Ask, reply: Reply, snapshot: Snapshot) -> str:
        """Take in a reply, and ask for what it is to be compared with, unless the run has that on record.

        Returns:
            Why there is no answer, in one line; empty: there is, or nobody waits for it any more.
        """
        if request is not self._request or self._about is None:
            return ""
        self._request, about = None, self._about
        match reply:
            case Answers(answers=(answer,)):
                try:
                    found = Evaluation.answered(answer)
                except ValueError as error:
                    return f"the engine's answer can't be read ({error}); is it of another version?"
            case Answers(unanswerable=(missing, *_)):
                return missing.reason
            case Refused(message=text):
                return text
            case _:
                return "the engine gave no answer; is it of another version?"
        if request.selection != about:
            self._keep(Evaluations(about, self._kept[_key(about)].chosen, found))
            return ""
        plain = self._plain(found, snapshot) if about.intervention else None
        self._keep(Evaluations(about, found, plain))
        if about.intervention and plain is None:
            kept = found.step if found.step in snapshot.moments else None
            self._carry(without(about, kept if about.moment is None else about.moment))
        return ""

    def fail(self, request: Ask) -> bool:
        """There is no engine that could answer; returns whether anybody waited for it."""
        waited = request is self._request
        if waited:
            self._request = None
        return waited

    def _carry(self, selection: Selection) -> None:
        """Have the test set evaluated."""
        self._request, self._share = Ask(selection, _QUESTIONS), 0.0
        self._ask(self._request)

    def _keep(self, known: Evaluations) -> None:
        """Keep what was found; what was found longest ago goes."""
        key = _key(known.about)
        self._kept[key] = known
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def _plain(self, found: Evaluation, snapshot: Snapshot) -> Evaluation | None:
        """What the same weights read without an intervention, if that is on record, or kept."""
        own = snapshot.evaluated_whole
        kept = self._kept.values()
        candidates = [known.plain if known.about.intervention else known.chosen for known in kept]
        candidates.append(Evaluation.recorded(own) if own is not None else None)
        return next((one for one in candidates if one is not None and _alike(one, found)), None)


def _key(about: Selection) -> bytes:
    """What evaluations are kept by: a selection has no hash, because of what it holds."""
    return msgspec.msgpack.encode(about, order="deterministic")


def _alike(one: Evaluation, other: Evaluation) -> bool:
    """Whether two evaluations are of the same weights, and of as many samples and classes."""
    same = one.step == other.step and one.samples == other.samples
    return same and len(one.confusion) == len(other.confusion)
